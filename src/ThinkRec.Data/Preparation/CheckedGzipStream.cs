using System.IO.Compression;

namespace ThinkRec.Data.Preparation;

/// <summary>Unpacks a gzip file in one pass, and throws at its end when it was cut or damaged.</summary>
/// <remarks>GZipStream ends quietly where a cut file ends, so what came out is counted and compared with the length that the file's last four bytes name.</remarks>
internal sealed class CheckedGzipStream(string path, uint expectedLength, Stream file) : OnePassStream(new GZipStream(file, CompressionMode.Decompress))
{
    public override int Read(Span<byte> buffer)
    {
        try
        {
            var read = base.Read(buffer);
            if (read == 0 && buffer.Length > 0 && (uint)Position != expectedLength)
            {
                throw new DataFormatException($"{Path.GetFileName(path)}: expected {expectedLength} bytes after unpacking but found {(uint)Position}; the file was cut, or joined from several. Download it again, or unpack and repack it.");
            }
            return read;
        }
        catch (InvalidDataException error)
        {
            throw new DataFormatException($"{Path.GetFileName(path)}: byte {Position} after unpacking: the gzip file is damaged ({error.Message}) Download it again.", error);
        }
    }
}

using System.IO.Compression;

namespace ThinkRec.Data.Preparation;

/// <summary>Unpacks a gzip file in one pass, and throws at its end when it was cut or damaged.</summary>
/// <remarks>GZipStream ends quietly where a cut file ends, so what came out is counted and compared with the length that the file's last four bytes name.</remarks>
internal sealed class CheckedGzipStream(string path, uint expectedLength, Stream file) : Stream
{
    private readonly GZipStream _unpacked = new(file, CompressionMode.Decompress);
    private long _length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        try
        {
            var read = _unpacked.Read(buffer);
            _length += read;
            if (read == 0 && buffer.Length > 0 && (uint)_length != expectedLength)
            {
                throw new DataFormatException($"{Path.GetFileName(path)}: expected {expectedLength} bytes after unpacking but found {(uint)_length}; the file was cut, or joined from several. Download it again, or unpack and repack it.");
            }
            return read;
        }
        catch (InvalidDataException error)
        {
            throw new DataFormatException($"{Path.GetFileName(path)}: byte {_length} after unpacking: the gzip file is damaged ({error.Message}) Download it again.", error);
        }
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unpacked.Dispose();
        }
        base.Dispose(disposing);
    }
}

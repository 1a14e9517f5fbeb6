using System.Buffers.Binary;
using System.IO.Compression;
using ThinkRec.Data.Preparation;

namespace ThinkRec.Data;

/// <summary>Opens raw files, plain or gzipped.</summary>
public static class RawFile
{
    private const int TrailerBytes = 8;
    private const int StreamBufferBytes = 1 << 16;

    /// <summary>Opens a file; one that ends in .gz is unpacked on the way, after a first pass has shown that it is whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">A file with more, after unpacking, is refused before it is read.</param>
    /// <returns>The content, which the caller disposes.</returns>
    /// <exception cref="DataFormatException">The gzip file is damaged or cut, or there is too much.</exception>
    public static Stream Open(string path, long maxBytes = long.MaxValue)
    {
        if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            FileStream file = File.OpenRead(path);
            if (file.Length <= maxBytes)
            {
                return file;
            }
            file.Dispose();
            throw TooLong(path, maxBytes);
        }
        CheckWhole(path, maxBytes);
        return new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
    }

    /// <summary>Opens a file to be read once from beginning to end; one that ends in .gz is unpacked on the way, and its end shows whether it is whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="meter">Told how far it is read; null for nobody.</param>
    /// <returns>The content, which the caller disposes; reading it throws <see cref="DataFormatException"/> where the gzip file is damaged or cut.</returns>
    /// <exception cref="DataFormatException">The gzip file is too short to be one.</exception>
    internal static Stream OpenOnce(string path, ReadMeter? meter = null)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, StreamBufferBytes, FileOptions.SequentialScan);
        try
        {
            var isPacked = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
            var expectedLength = isPacked ? ExpectedLength(file, Path.GetFileName(path)) : 0;
            var watched = meter?.Watch(file) ?? file;
            return isPacked ? new CheckedGzipStream(path, expectedLength, watched) : watched;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static uint ExpectedLength(FileStream file, string name)
    {
        var trailer = new byte[TrailerBytes];
        if (file.Length <= TrailerBytes)
        {
            throw new DataFormatException($"{name}: expected a gzip file but found {file.Length} bytes. Download it again.");
        }
        file.Seek(-TrailerBytes, SeekOrigin.End);
        file.ReadExactly(trailer);
        file.Seek(0, SeekOrigin.Begin);
        return BinaryPrimitives.ReadUInt32LittleEndian(trailer.AsSpan(4));
    }

    private static DataFormatException TooLong(string path, long maxBytes) =>
        new($"{Path.GetFileName(path)}: expected at most {maxBytes} bytes of text but found more. Give a smaller part of it.");

    // GZipStream ends quietly where a cut file ends, so the length in the file's last four bytes is compared with what comes out.
    private static void CheckWhole(string path, long maxBytes)
    {
        var name = Path.GetFileName(path);
        using var file = File.OpenRead(path);
        var expected = ExpectedLength(file, name);
        var length = 0L;
        try
        {
            using var unpacked = new GZipStream(file, CompressionMode.Decompress);
            var buffer = new byte[1 << 16];
            for (int read; (read = unpacked.Read(buffer)) > 0;)
            {
                length += read;
                if (length > maxBytes)
                {
                    throw TooLong(path, maxBytes);
                }
            }
        }
        catch (InvalidDataException error)
        {
            throw new DataFormatException($"{name}: byte {length} after unpacking: the gzip file is damaged ({error.Message}) Download it again.", error);
        }
        if ((uint)length != expected)
        {
            throw new DataFormatException($"{name}: expected {expected} bytes after unpacking but found {(uint)length}; the file was cut, or joined from several. Download it again, or unpack and repack it.");
        }
    }
}

using System.Security.Cryptography;
using System.Text;

namespace ThinkRec.Nn;

/// <summary>SHA-256 of a whole safetensors file, kept in its own metadata; while it is taken, zeros stand in its place.</summary>
internal static class SafetensorsChecksum
{
    internal const string Key = "sha256";
    private const int Piece = 1 << 24;

    /// <summary>What stands in the header until the checksum is known.</summary>
    internal static readonly string Blank = new('0', SHA256.HashSizeInBytes * 2);

    /// <summary>Where the checksum's digits stand in a header; -1 where it has none. Quotes inside texts are escaped and are not mistaken for it.</summary>
    internal static int Find(ReadOnlySpan<byte> header)
    {
        byte[] begin = Encoding.UTF8.GetBytes($"\"{Key}\":\"");
        int at = header.IndexOf(begin);
        return at >= 0 && at + begin.Length + Blank.Length <= header.Length ? at + begin.Length : -1;
    }

    /// <summary>The checksum of a file.</summary>
    /// <param name="header">The header; not changed.</param>
    /// <param name="prefix">What stands before it.</param>
    /// <param name="data">Address of what stands behind it.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>Hex digits; null where the header has none to compare with.</returns>
    internal static unsafe string? Of(ReadOnlySpan<byte> prefix, byte[] header, byte* data, long length)
    {
        int at = Find(header);
        if (at < 0)
        {
            return null;
        }

        byte[] blank = [.. header];
        Encoding.ASCII.GetBytes(Blank).CopyTo(blank, at);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(prefix);
        hash.AppendData(blank);
        for (long done = 0; done < length; done += Piece)
        {
            hash.AppendData(new ReadOnlySpan<byte>(data + done, (int)Math.Min(Piece, length - done)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

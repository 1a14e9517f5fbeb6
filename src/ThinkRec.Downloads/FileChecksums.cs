using System.Security.Cryptography;

namespace ThinkRec.Downloads;

/// <summary>Checksums of content, in small hexadecimal digits.</summary>
/// <param name="Sha256">SHA-256.</param>
/// <param name="Md5">MD5, for publishers who give nothing better; it shows damage, not fraud.</param>
internal sealed record FileChecksums(string Sha256, string Md5)
{
    /// <summary>Reads a stream to its end.</summary>
    public static async Task<FileChecksums> OfAsync(Stream content, CancellationToken stop)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var buffer = new byte[1 << 17];
        for (int count; (count = await content.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0;)
        {
            sha256.AppendData(buffer, 0, count);
            md5.AppendData(buffer, 0, count);
        }

        return new FileChecksums(Convert.ToHexStringLower(sha256.GetHashAndReset()), Convert.ToHexStringLower(md5.GetHashAndReset()));
    }

    /// <summary>What is not as it should be; null when all that is known agrees.</summary>
    public string? Difference(RemoteFile file) =>
        file.Sha256 is { } sha256 && !string.Equals(sha256, Sha256, StringComparison.OrdinalIgnoreCase) ? $"expected SHA-256 {sha256} but found {Sha256}"
        : file.Md5 is { } md5 && !string.Equals(md5, Md5, StringComparison.OrdinalIgnoreCase) ? $"expected MD5 {md5} but found {Md5}"
        : null;
}

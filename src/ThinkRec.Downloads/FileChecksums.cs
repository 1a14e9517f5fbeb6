using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ThinkRec.Downloads;

/// <summary>Checksums of content, in small hexadecimal digits.</summary>
/// <param name="Sha256">SHA-256.</param>
/// <param name="Md5">MD5, for publishers who give nothing better; it shows damage, not fraud. Empty where none is known beforehand.</param>
/// <param name="GitBlob">The name that git gives the content. Empty where none is known beforehand.</param>
internal sealed record FileChecksums(string Sha256, string Md5, string GitBlob)
{
    /// <summary>Reads a stream from its beginning to its end.</summary>
    public static async Task<FileChecksums> OfAsync(Stream content, RemoteFile file, CancellationToken stop)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var md5 = file.Md5 is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var git = file.GitBlob is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        git?.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")));
        var buffer = new byte[1 << 17];
        for (int count; (count = await content.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0;)
        {
            sha256.AppendData(buffer, 0, count);
            md5?.AppendData(buffer, 0, count);
            git?.AppendData(buffer, 0, count);
        }

        return new FileChecksums(Text(sha256), Text(md5), Text(git));
    }

    /// <summary>What is not as it should be; null when all that is known agrees.</summary>
    public string? Difference(RemoteFile file) =>
        Difference("SHA-256", file.Sha256, Sha256) ?? Difference("MD5", file.Md5, Md5) ?? Difference("git blob", file.GitBlob, GitBlob);

    private static string? Difference(string what, string? expected, string found) =>
        expected is null || string.Equals(expected, found, StringComparison.OrdinalIgnoreCase) ? null : $"expected {what} {expected} but found {found}";

    private static string Text(IncrementalHash? hash) => hash is null ? "" : Convert.ToHexStringLower(hash.GetHashAndReset());
}

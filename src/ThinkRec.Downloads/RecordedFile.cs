using System.Security.Cryptography;

namespace ThinkRec.Downloads;

/// <summary>A file as it lies in a folder that was downloaded.</summary>
/// <param name="Name">Relative to the folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256.</param>
public sealed record RecordedFile(string Name, long Bytes, string Sha256)
{
    /// <summary>Describes a file.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Relative to the folder.</param>
    /// <returns>What it is now.</returns>
    public static RecordedFile Of(string folder, string name)
    {
        using var stream = File.OpenRead(Path.Combine(folder, name));
        return new RecordedFile(name, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    /// <summary>Compares the file with what was recorded.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>A sentence that names the file; null when it is the same.</returns>
    public string? Difference(string folder)
    {
        string path = Path.Combine(folder, Name);
        return !File.Exists(path) ? Differs(path, "no file")
            : new FileInfo(path).Length != Bytes || Of(folder, Name).Sha256 != Sha256 ? Differs(path, "others")
            : null;
    }

    private string Differs(string path, string found) =>
        $"{path}: expected the {Bytes} bytes that were downloaded but found {found}. Delete the folder and download it again.";
}

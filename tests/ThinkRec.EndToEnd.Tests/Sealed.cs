using System.Security.Cryptography;
using System.Text;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Changes a prepared dataset as somebody does who edits a file by hand and mends the checksum.</summary>
internal static class Sealed
{
    /// <summary>Changes one file of a dataset and writes its new checksum to the card.</summary>
    public static void Change(string folder, string name, Func<string, string> change)
    {
        string path = Path.Combine(folder, name);
        string card = File.ReadAllText(Path.Combine(folder, "dataset.json"));
        string before = Checksum(path);
        File.WriteAllText(path, change(File.ReadAllText(path)), new UTF8Encoding(false));
        File.WriteAllText(Path.Combine(folder, "dataset.json"), card.Replace(before, Checksum(path), StringComparison.Ordinal));
    }

    private static string Checksum(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}

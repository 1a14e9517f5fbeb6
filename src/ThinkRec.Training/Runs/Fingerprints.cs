using System.Security.Cryptography;
using System.Text;
using ThinkRec.Data;

namespace ThinkRec.Training.Runs;

/// <summary>Short names for contents.</summary>
public static class Fingerprints
{
    /// <summary>SHA-256 of a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Lower-case hex.</returns>
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Fingerprint of texts in their order.</summary>
    /// <param name="texts">The texts.</param>
    /// <returns>Lower-case hex.</returns>
    public static string Of(IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string text in texts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Fingerprint of a dataset: everything that a model sees of it.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <returns>Lower-case hex.</returns>
    public static string Fingerprint(this Dataset dataset)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Interaction row in dataset.Interactions)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{row.User} {row.Item} {row.Label} {row.Timestamp} {row.Split}\n"));
        }

        foreach (Interaction row in dataset.EarlierRows)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{row.User} {row.Item} {row.Rating} {row.Timestamp}\n"));
        }

        foreach (ItemText text in dataset.ItemTexts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{text.Title}\t{text.Description}\t{string.Join(",", text.Keywords)}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

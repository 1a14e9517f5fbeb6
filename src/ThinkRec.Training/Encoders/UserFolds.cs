using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ThinkRec.Data;

namespace ThinkRec.Training.Encoders;

/// <summary>Users in folds, so that a model can be trained without those of one.</summary>
public static class UserFolds
{
    /// <summary>The fold of a user. It follows from the id alone, so that runs can share what was trained on folds.</summary>
    /// <param name="userId">The source's id.</param>
    /// <param name="count">Folds.</param>
    /// <returns>From 0.</returns>
    public static int Of(string userId, int count) =>
        (int)(BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"fold/{userId}"))) % (ulong)count);

    /// <summary>A dataset with the same rows, of which those of a fold's users belong to no split: nothing trains or validates on them.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="count">Folds.</param>
    /// <param name="fold">Whose users are left out.</param>
    /// <returns>Row numbers and indices are those of the dataset.</returns>
    public static Dataset Without(Dataset dataset, int count, int fold)
    {
        bool[] isOut = [false, .. Enumerable.Range(1, dataset.Users.Count - 1).Select(user => Of(dataset.Users[user], count) == fold)];
        return new Dataset
        {
            Card = dataset.Card,
            Users = dataset.Users,
            Items = dataset.Items,
            ItemTexts = dataset.ItemTexts,
            EarlierRows = dataset.EarlierRows,
            Interactions = [.. dataset.Interactions.Select(row => isOut[row.User] ? row with { Split = Split.None } : row)],
        };
    }
}

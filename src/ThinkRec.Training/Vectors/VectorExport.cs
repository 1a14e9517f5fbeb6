using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;

namespace ThinkRec.Training.Vectors;

/// <summary>Takes the vectors out of an encoder.</summary>
public static class VectorExport
{
    private const int BatchSize = 1024;

    /// <summary>Vectors of all users of a dataset, as they were at the end of a split; those without history then get what the encoder gives to strangers.</summary>
    /// <param name="encoder">A trained encoder.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="until">Histories end with this split.</param>
    /// <returns>In the dataset's order, without padding.</returns>
    public static VectorTable Users(ICollaborativeEncoder encoder, Dataset dataset, Split until)
    {
        var histories = new List<int>[dataset.Users.Count];
        for (int user = 1; user < histories.Length; user++)
        {
            histories[user] = [];
        }

        for (int row = 0; row < dataset.Interactions.Length; row++)
        {
            if (dataset.Interactions[row].Split <= until)
            {
                histories[dataset.Interactions[row].User].Add(row);
            }
        }

        int most = encoder is TableEncoder ? FoldIn.MaxHistory : int.MaxValue; // as when it is evaluated; the others cut for themselves
        return Table(encoder, dataset.Users, indices => encoder.UserVectors([.. indices.Select(user => new UserState(user, [.. histories[user].TakeLast(most)]))]));
    }

    /// <summary>Vectors of all items of a dataset.</summary>
    /// <param name="encoder">A trained encoder.</param>
    /// <param name="dataset">The dataset.</param>
    /// <returns>In the dataset's order, without padding.</returns>
    public static VectorTable Items(ICollaborativeEncoder encoder, Dataset dataset) => Table(encoder, dataset.Items, encoder.ItemVectors);

    private static VectorTable Table(ICollaborativeEncoder encoder, IdMap ids, Func<int[], Tensor> vectorsOf)
    {
        var values = new float[(ids.Count - 1L) * encoder.VectorSize];
        foreach (int[] batch in Enumerable.Range(1, ids.Count - 1).Chunk(BatchSize))
        {
            using var scope = TensorScope.Begin();
            vectorsOf(batch).ToFloats().CopyTo(values, (batch[0] - 1) * encoder.VectorSize);
        }

        return new VectorTable([.. Enumerable.Range(1, ids.Count - 1).Select(i => ids[i])], encoder.VectorSize, values);
    }
}

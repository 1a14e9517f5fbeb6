using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;

namespace ThinkRec.Training.Encoders;

/// <summary>Scores rows with an encoder alone, as a baseline.</summary>
public static class EncoderScorer
{
    private const int BatchSize = 512;

    /// <summary>Scores the items of rows for their users at that moment.</summary>
    /// <param name="encoder">A trained encoder.</param>
    /// <param name="dataset">What the rows belong to.</param>
    /// <param name="rows">Row numbers.</param>
    /// <param name="outOfFold">Whether the vectors of <see cref="OutOfFoldEncoder"/> are those for training examples.</param>
    /// <returns>One logit for each row.</returns>
    public static double[] Score(ICollaborativeEncoder encoder, Dataset dataset, int[] rows, bool outOfFold = false)
    {
        var histories = new Histories(dataset);
        var scores = new List<double>(rows.Length);
        foreach (int[] batch in rows.Chunk(BatchSize))
        {
            using var scope = TensorScope.Begin();
            UserState[] states = [.. batch.Select(row => StateAt(encoder, dataset, histories, row) with { OutOfFold = outOfFold })];
            int[] items = [.. batch.Select(row => dataset.Interactions[row].Item)];
            scores.AddRange(encoder.Score(states, items).ToFloats().Select(value => (double)value));
        }

        return [.. scores];
    }

    private static UserState StateAt(ICollaborativeEncoder encoder, Dataset dataset, Histories histories, int row) =>
        new(dataset.Interactions[row].User, histories.Before(row, encoder.HistoryLength, HistoryKind.Dual), dataset.Interactions[row].Timestamp);
}

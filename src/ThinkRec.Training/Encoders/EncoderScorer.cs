using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
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
            UserState[] states = [.. batch.Select(row => new UserState(dataset.Interactions[row].User, HistoryOf(encoder, dataset, histories, row), outOfFold))];
            int[] items = [.. batch.Select(row => dataset.Interactions[row].Item)];
            scores.AddRange(encoder.Score(states, items).ToFloats().Select(value => (double)value));
        }

        return [.. scores];
    }

    // Each encoder is asked for no more history than it reads.
    private static int[] HistoryOf(ICollaborativeEncoder encoder, Dataset dataset, Histories histories, int row) => encoder switch
    {
        TableEncoder { TrainedUsers: var trained } => trained[dataset.Interactions[row].User] ? [] : histories.Before(row, FoldIn.MaxHistory, HistoryKind.Dual),
        FeedbackSasRecEncoder { Model.Config.MaxLength: int length } => histories.Before(row, length, HistoryKind.Dual),
        DinEncoder { Model.Config: var config } => histories.Before(row, config.MaxLength, config.History),
        SasRecEncoder { Model.Config: var config } => histories.Before(row, config.MaxLength, config.History),
        OutOfFoldEncoder { Whole: TableEncoder } => histories.Before(row, FoldIn.MaxHistory, HistoryKind.Dual),
        OutOfFoldEncoder { Whole: var whole } => HistoryOf(whole, dataset, histories, row),
        _ => histories.Before(row, int.MaxValue, HistoryKind.Dual),
    };
}

using ThinkRec.Data;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Histories as tensors for <see cref="SasRec"/>.</summary>
/// <param name="Items">Int64 [B, L], padded with 0 on the left; L is the longest history of the batch, at least 1.</param>
/// <param name="Feedback">Int64 [B, L]: 0 padding, 1 dislike, 2 like; null when the model does not use it.</param>
public readonly record struct SasRecInput(Tensor Items, Tensor? Feedback)
{
    /// <summary>Takes of each history the last items of the kind that the model reads.</summary>
    /// <param name="dataset">The dataset that the rows belong to.</param>
    /// <param name="histories">Row numbers, oldest first.</param>
    /// <param name="config">Kind and length.</param>
    /// <returns>Tensors in the current scope.</returns>
    public static SasRecInput From(Dataset dataset, IReadOnlyList<int[]> histories, SasRecConfig config)
    {
        bool all = config.History == HistoryKind.Dual;
        int[][] read = [.. histories.Select(h => (all ? h : [.. h.Where(row => dataset.Interactions[row].Label)]).TakeLast(config.MaxLength).ToArray())];
        int length = Math.Max(1, read.Max(h => h.Length));
        var items = new long[read.Length * length];
        var feedback = new long[config.UseFeedback ? items.Length : 0];
        for (int i = 0; i < read.Length; i++)
        {
            int start = ((i + 1) * length) - read[i].Length;
            for (int j = 0; j < read[i].Length; j++)
            {
                Interaction interaction = dataset.Interactions[read[i][j]];
                items[start + j] = interaction.Item;
                if (config.UseFeedback)
                {
                    feedback[start + j] = interaction.Label ? 2 : 1;
                }
            }
        }

        return new SasRecInput(
            Tensor.From(items, read.Length, length), config.UseFeedback ? Tensor.From(feedback, read.Length, length) : null);
    }
}

using ThinkRec.Data;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Histories as tensors for <see cref="SasRec"/>.</summary>
public static class SasRecInput
{
    /// <summary>Takes of each history the last items of the kind that the model reads.</summary>
    /// <param name="dataset">The dataset that the rows belong to.</param>
    /// <param name="histories">Row numbers, oldest first.</param>
    /// <param name="config">Kind and length.</param>
    /// <returns>Int64 [B, L], padded with 0 on the right, in the current scope; L is the longest history of the batch, at least 1.</returns>
    public static Tensor From(Dataset dataset, IReadOnlyList<int[]> histories, SasRecConfig config)
    {
        bool all = config.History == HistoryKind.Dual;
        int[][] read = [.. histories.Select(h => (all ? h : [.. h.Where(row => dataset.Interactions[row].Label)]).TakeLast(config.MaxLength).ToArray())];
        int length = Math.Max(1, read.Max(h => h.Length));
        var items = new long[read.Length * length];
        for (int i = 0; i < read.Length; i++)
        {
            for (int j = 0; j < read[i].Length; j++)
            {
                items[(i * length) + j] = dataset.Interactions[read[i][j]].Item;
            }
        }

        return Tensor.From(items, read.Length, length);
    }
}

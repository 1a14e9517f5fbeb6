using ThinkRec.Data;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Histories for <see cref="Din"/>, end to end and without padding.</summary>
/// <param name="Items">Int64 [P]: the items of all histories.</param>
/// <param name="Owners">Int64 [P]: whose history each belongs to.</param>
/// <param name="Shares">[P, 1]: one over the length of that history.</param>
/// <param name="Count">Histories.</param>
public readonly record struct DinInput(Tensor Items, Tensor Owners, Tensor Shares, int Count)
{
    /// <summary>Takes of each history the last items of the kind that the model reads.</summary>
    /// <param name="dataset">The dataset that the rows belong to.</param>
    /// <param name="histories">Row numbers, oldest first.</param>
    /// <param name="config">Kind and length.</param>
    /// <returns>The items, in the current scope.</returns>
    public static DinInput From(Dataset dataset, IReadOnlyList<int[]> histories, DinConfig config)
    {
        bool all = config.History == HistoryKind.Dual;
        int[][] read = [.. histories.Select(h => (all ? h : [.. h.Where(row => dataset.Interactions[row].Label)]).TakeLast(config.MaxLength).ToArray())];
        long[] items = [.. read.SelectMany(h => h.Select(row => (long)dataset.Interactions[row].Item))];
        long[] owners = [.. read.SelectMany((h, i) => h.Select(_ => (long)i))];
        float[] shares = [.. read.SelectMany(h => h.Select(_ => 1f / h.Length))];
        return new DinInput(Tensor.From(items, items.Length), Tensor.From(owners, owners.Length), Tensor.From(shares, shares.Length, 1), histories.Count);
    }
}

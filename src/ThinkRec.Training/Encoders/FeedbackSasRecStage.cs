using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Rows of one user, oldest first, and the places among them that are predicted; the last row is one of them.</summary>
/// <param name="Rows">Row numbers.</param>
/// <param name="Targets">Places.</param>
public readonly record struct HistoryWindow(int[] Rows, int[] Targets);

/// <summary>Trains <see cref="FeedbackSasRec"/> on whole sequences: every place of a window predicts the label of the item that comes next, in one pass.</summary>
/// <param name="dataset">Rows.</param>
/// <param name="model">The model, borrowed.</param>
/// <param name="optimization">How long and how fast; its batch counts windows.</param>
/// <param name="seed">Seed of the windows' order.</param>
public sealed class FeedbackSasRecStage(Dataset dataset, FeedbackSasRec model, OptimizationOptions optimization, long seed)
    : EncoderStage<HistoryWindow>(dataset, model, optimization, seed, split => Windows(dataset, split, model.Config.MaxLength + 1))
{
    /// <inheritdoc/>
    public override string Name => "sasrec-feedback";

    private protected override int SamplesPerPass => 64;

    private protected override IEnumerable<int> RowsOf(HistoryWindow[] batch) => batch.SelectMany(w => w.Targets.Select(t => w.Rows[t]));

    private protected override Tensor Logits(HistoryWindow[] batch)
    {
        using var scope = TensorScope.Begin();
        int[] folds = [.. batch.Select(FoldOf)];
        var events = FeedbackEvents.From(Dataset, [.. batch.Select(w => w.Rows[..^1])], model.Statistics, folds);
        long[] places = [.. batch.SelectMany((w, i) => w.Targets.Select(t => ((long)i * events.Length) + t))];
        long[] items = [.. RowsOf(batch).Select(row => (long)Dataset.Interactions[row].Item)];
        Tensor users = model.UserVectors(events).Reshape(-1, model.Config.EmbeddingSize).IndexSelect(0, Tensor.From(places, places.Length));
        return scope.Return((users * model.ItemVectors(items, [.. batch.SelectMany((w, i) => Enumerable.Repeat(folds[i], w.Targets.Length))])).Sum(-1));
    }

    /// <summary>A training row may not meet its own label in its item's statistics; a row of another split is not in them.</summary>
    private int FoldOf(HistoryWindow window)
    {
        Interaction target = Dataset.Interactions[window.Rows[^1]];
        return target.Split == Split.Train ? ItemStatistics.FoldOf(target.User) : ItemStatistics.AllFolds;
    }

    /// <summary>Each row of the split is a target once. Windows overlap by half, so that a target has at least half a window before it where its user has that much.</summary>
    private static HistoryWindow[] Windows(Dataset dataset, Split split, int length)
    {
        int stride = Math.Max(1, length / 2);
        var windows = new List<HistoryWindow>();
        foreach (IGrouping<int, int> user in Enumerable.Range(0, dataset.Interactions.Length).GroupBy(row => dataset.Interactions[row].User).OrderBy(g => g.Key))
        {
            int[] rows = [.. user];
            for (int start = 0; start == 0 || start + length - stride < rows.Length; start += stride)
            {
                int[] part = rows[start..Math.Min(rows.Length, start + length)];
                int first = start == 0 ? 0 : length - stride;
                int[] targets = [.. Enumerable.Range(first, part.Length - first).Where(t => dataset.Interactions[part[t]].Split == split)];
                if (targets.Length > 0)
                {
                    windows.Add(new HistoryWindow(part[..(targets[^1] + 1)], targets));
                }
            }
        }

        return [.. windows];
    }
}

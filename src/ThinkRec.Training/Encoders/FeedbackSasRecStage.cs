using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Trains <see cref="FeedbackSasRec"/> on whole sequences: every place of a window predicts the label of the item that comes next, in one pass.</summary>
/// <param name="dataset">Rows.</param>
/// <param name="model">The model, borrowed.</param>
/// <param name="statistics">The items' statistics.</param>
/// <param name="optimization">How long and how fast; its batch counts windows.</param>
/// <param name="seed">Seed of the windows' order.</param>
public sealed class FeedbackSasRecStage(Dataset dataset, FeedbackSasRec model, ItemStatistics statistics, OptimizationOptions optimization, long seed)
    : EncoderStage<HistoryWindow>(dataset, model, optimization, seed, split => HistoryWindow.Cut(dataset, split, model.Config.MaxLength + 1))
{
    /// <inheritdoc/>
    public override string Name => "sasrec-feedback";

    private protected override int SamplesPerPass => 64;

    private protected override IEnumerable<int> RowsOf(HistoryWindow[] batch) => batch.SelectMany(w => w.Targets.Select(t => w.Rows[t]));

    private protected override Tensor Logits(HistoryWindow[] batch)
    {
        using var scope = TensorScope.Begin();
        var events = FeedbackEvents.From(Dataset, [.. batch.Select(w => w.Rows[..^1])], statistics);
        long[] places = [.. batch.SelectMany((w, i) => w.Targets.Select(t => ((long)i * events.Length) + t))];
        int[] targets = [.. RowsOf(batch)];
        long[] items = [.. targets.Select(row => (long)Dataset.Interactions[row].Item)];
        var numbers = new float[targets.Length * ItemStatistics.Count];
        for (int i = 0; i < targets.Length; i++)
        {
            statistics.AsOf(targets[i], numbers.AsSpan(i * ItemStatistics.Count));
        }

        Tensor users = model.UserVectors(events).Reshape(-1, model.Config.EmbeddingSize).IndexSelect(0, Tensor.From(places, places.Length));
        return scope.Return((users * model.ItemVectors(items, numbers)).Sum(-1));
    }
}

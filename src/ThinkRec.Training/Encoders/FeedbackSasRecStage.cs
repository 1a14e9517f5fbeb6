using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Trains <see cref="FeedbackSasRec"/> on whole sequences: every place of a window predicts the label of the item that comes next, in one pass.</summary>
/// <param name="dataset">Rows.</param>
/// <param name="model">The model, borrowed.</param>
/// <param name="optimization">How long and how fast; its batch counts windows.</param>
/// <param name="seed">Seed of the windows' order.</param>
public sealed class FeedbackSasRecStage(Dataset dataset, FeedbackSasRec model, OptimizationOptions optimization, long seed)
    : EncoderStage<HistoryWindow>(dataset, model, optimization, seed, split => HistoryWindow.Cut(dataset, split, model.Config.MaxLength + 1))
{
    /// <inheritdoc/>
    public override string Name => "sasrec-feedback";

    private protected override int SamplesPerPass => 64;

    private protected override IEnumerable<int> RowsOf(HistoryWindow[] batch) => batch.SelectMany(w => w.Targets.Select(t => w.Rows[t]));

    private protected override Tensor Logits(HistoryWindow[] batch)
    {
        using var scope = TensorScope.Begin();
        int[] folds = [.. batch.Select(FoldOf)];
        var events = FeedbackEvents.From(Dataset, [.. batch.Select(w => w.Rows[..^1])], folds);
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
}

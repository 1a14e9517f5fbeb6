using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Trains <see cref="SasRec"/>: one row is the history before an interaction, its item and its label; no sampled negatives.</summary>
/// <param name="dataset">Rows.</param>
/// <param name="model">The model, borrowed.</param>
/// <param name="optimization">How long and how fast.</param>
/// <param name="seed">Seed of the rows' order.</param>
public sealed class SasRecStage(Dataset dataset, SasRec model, OptimizationOptions optimization, long seed)
    : EncoderStage<int>(dataset, model, optimization, seed, split => [.. dataset.RowsOf(split)])
{
    private readonly Histories _histories = new(dataset);

    /// <inheritdoc/>
    public override string Name => "sasrec";

    private protected override int SamplesPerPass => 4096;

    private protected override IEnumerable<int> RowsOf(int[] batch) => batch;

    private protected override Tensor Logits(int[] batch)
    {
        using var scope = TensorScope.Begin();
        int[][] histories = [.. batch.Select(row => _histories.Before(row, model.Config.MaxLength, model.Config.History))];
        long[] targets = [.. batch.Select(row => (long)Dataset.Interactions[row].Item)];
        return scope.Return(model.Score(SasRecInput.From(Dataset, histories, model.Config), Tensor.From(targets, targets.Length)));
    }

    private protected override void PrepareToScore() => UntrainedRows.Fill(model.Items, Trained.Items(Dataset), withPadding: false);
}

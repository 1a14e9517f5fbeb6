using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Trains <see cref="Din"/>: one row is the history before an interaction, its user, its item and its label.</summary>
/// <param name="dataset">Rows.</param>
/// <param name="model">The model, borrowed.</param>
/// <param name="optimization">How long and how fast.</param>
/// <param name="seed">Seed of the rows' order.</param>
public sealed class DinStage(Dataset dataset, Din model, OptimizationOptions optimization, long seed)
    : EncoderStage<int>(dataset, model, optimization, seed, split => [.. dataset.RowsOf(split)])
{
    private readonly Histories _histories = new(dataset);

    /// <inheritdoc/>
    public override string Name => "din";

    /// <inheritdoc/>
    /// <remarks>Dice standardises with the mean and variance of the batch, which no share knows.</remarks>
    public override bool DividesBatches => false;

    private protected override int SamplesPerPass => 4096;

    private protected override IEnumerable<int> RowsOf(int[] batch) => batch;

    private protected override Tensor Logits(int[] batch)
    {
        using var scope = TensorScope.Begin();
        var histories = DinInput.From(Dataset, [.. batch.Select(row => _histories.Before(row, model.Config.MaxLength, model.Config.History))], model.Config);
        return scope.Return(model.Forward(Indices(batch, row => row.User), Indices(batch, row => row.Item), histories));
    }

    private protected override void PrepareToScore() => model.FillUntrained(Trained.Users(Dataset), Trained.Items(Dataset));

    private Tensor Indices(int[] rows, Func<Interaction, int> index) => Tensor.From([.. rows.Select(row => (long)index(Dataset.Interactions[row]))], rows.Length);
}

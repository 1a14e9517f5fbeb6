using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Trains <see cref="MatrixFactorization"/>.</summary>
/// <param name="dataset">Rows.</param>
/// <param name="model">The model, borrowed.</param>
/// <param name="optimization">How long and how fast.</param>
/// <param name="seed">Seed of the rows' order.</param>
public sealed class MatrixFactorizationStage(Dataset dataset, MatrixFactorization model, OptimizationOptions optimization, long seed)
    : EncoderStage<int>(dataset, model, optimization, seed, split => [.. dataset.RowsOf(split)])
{
    /// <inheritdoc/>
    public override string Name => "mf";

    private protected override int SamplesPerPass => 4096;

    private protected override IEnumerable<int> RowsOf(int[] batch) => batch;

    private protected override Tensor Logits(int[] batch)
    {
        using var scope = TensorScope.Begin();
        long[] users = [.. batch.Select(row => (long)Dataset.Interactions[row].User)];
        long[] items = [.. batch.Select(row => (long)Dataset.Interactions[row].Item)];
        return scope.Return(model.Forward(Tensor.From(users, users.Length), Tensor.From(items, items.Length)));
    }

    private protected override void PrepareToScore()
    {
        UntrainedRows.Fill(model.Users, Trained.Users(Dataset), withPadding: false);
        UntrainedRows.Fill(model.Items, Trained.Items(Dataset), withPadding: false);
    }
}

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
    : EncoderStage(dataset, model, optimization, seed)
{
    /// <inheritdoc/>
    public override string Name => "mf";

    private protected override Tensor Logits(int[] rows)
    {
        using var scope = TensorScope.Begin();
        long[] users = [.. rows.Select(row => (long)Dataset.Interactions[row].User)];
        long[] items = [.. rows.Select(row => (long)Dataset.Interactions[row].Item)];
        return scope.Return(model.Forward(Tensor.From(users, users.Length), Tensor.From(items, items.Length)));
    }

    private protected override void FillUntrained()
    {
        UntrainedRows.Fill(model.Users, TrainedUsers, withPadding: false);
        UntrainedRows.Fill(model.Items, TrainedItems, withPadding: false);
    }
}

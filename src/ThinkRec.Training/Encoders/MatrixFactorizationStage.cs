using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Trains <see cref="MatrixFactorization"/>. A step reads and writes only the rows that its batch names.</summary>
/// <remarks>
/// Differs from the reference: moments and decay of a row advance in the steps that name it, where dense Adam also moves all others, chiefly
/// towards zero.
/// </remarks>
/// <param name="dataset">Rows.</param>
/// <param name="model">The model, borrowed.</param>
/// <param name="optimization">How long and how fast.</param>
/// <param name="seed">Seed of the rows' order.</param>
public sealed class MatrixFactorizationStage(Dataset dataset, MatrixFactorization model, OptimizationOptions optimization, long seed)
    : EncoderStage<int>(dataset, model, optimization, seed, split => [.. dataset.RowsOf(split)])
{
    private readonly DotProductLoss _loss = new(dataset.Users.Count, dataset.Items.Count, model.Config.EmbeddingSize);
    private (RowGradient Users, RowGradient Items) _gradients; // of the step whose loss was asked for last

    /// <inheritdoc/>
    public override string Name => "mf";

    /// <inheritdoc/>
    /// <remarks>A batch takes less time than the exchange of its gradients.</remarks>
    public override bool DividesBatches => false;

    /// <inheritdoc/>
    public override StepLoss Loss(int step)
    {
        Interaction[] rows = Array.ConvertAll(Batch(step), row => Dataset.Interactions[row]);
        (double value, RowGradient users, RowGradient items) = _loss.Compute((model.Users.Weight.Value, model.Items.Weight.Value), rows);
        _gradients = (users, items);
        var loss = Tensor.From([(float)value], 1);
        return new StepLoss(loss, [("bce", loss)]);
    }

    /// <inheritdoc/>
    public override void Backward(StepLoss loss) => (model.Users.Weight.RowGradient, model.Items.Weight.RowGradient) = _gradients;

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

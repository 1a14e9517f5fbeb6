using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Vectors that a training has left in tables: those of <see cref="MatrixFactorization"/>, or the smoothed ones of <see cref="LightGcn"/>. Users and items it was not trained on, and index 0 (unknown), get the mean of the trained.</summary>
public sealed class TableEncoder : ICollaborativeEncoder
{
    /// <summary>Wraps a model.</summary>
    /// <param name="method">Which model trained them.</param>
    /// <param name="model">The tables, owned from now on; rows that were not trained are overwritten.</param>
    /// <param name="trainedUsers">By user index: whether a training row named the user.</param>
    /// <param name="trainedItems">By item index: whether a training row named the item.</param>
    public TableEncoder(EncoderMethod method, MatrixFactorization model, bool[] trainedUsers, bool[] trainedItems)
    {
        (Method, Model, TrainedUsers, TrainedItems) = (method, model, trainedUsers, trainedItems);
        model.SetTraining(false);
        UntrainedRows.Fill(model.Users, trainedUsers, withPadding: true);
        UntrainedRows.Fill(model.Items, trainedItems, withPadding: true);
    }

    /// <inheritdoc/>
    public string Name => Method == EncoderMethod.Lightgcn ? "lightgcn" : "mf";

    /// <summary>Which model trained the tables.</summary>
    public EncoderMethod Method { get; }

    /// <inheritdoc/>
    public int VectorSize => Model.Config.EmbeddingSize;

    /// <summary>The tables.</summary>
    public MatrixFactorization Model { get; }

    /// <summary>By user index: whether the user was trained.</summary>
    public IReadOnlyList<bool> TrainedUsers { get; }

    /// <summary>By item index: whether the item was trained.</summary>
    public IReadOnlyList<bool> TrainedItems { get; }

    /// <inheritdoc/>
    public Tensor UserVectors(IReadOnlyList<UserState> states)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        long[] users = [.. states.Select(s => (long)s.User)];
        return scope.Return(Model.Users.Forward(Tensor.From(users, users.Length)));
    }

    /// <inheritdoc/>
    public Tensor ItemVectors(IReadOnlyList<int> items)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        long[] indices = [.. items.Select(i => (long)i)];
        return scope.Return(Model.Items.Forward(Tensor.From(indices, indices.Length)));
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}

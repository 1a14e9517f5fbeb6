using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Vectors of a trained <see cref="MatrixFactorization"/>. Users and items it was not trained on, and index 0 (unknown), get the mean of the trained.</summary>
public sealed class MfEncoder : ICollaborativeEncoder
{
    /// <summary>Wraps a model.</summary>
    /// <param name="model">Owned from now on; rows that were not trained are overwritten.</param>
    /// <param name="trainedUsers">By user index: whether a training row named the user.</param>
    /// <param name="trainedItems">By item index: whether a training row named the item.</param>
    public MfEncoder(MatrixFactorization model, bool[] trainedUsers, bool[] trainedItems)
    {
        (Model, TrainedUsers, TrainedItems) = (model, trainedUsers, trainedItems);
        model.SetTraining(false);
        UntrainedRows.Fill(model.Users, trainedUsers, withPadding: true);
        UntrainedRows.Fill(model.Items, trainedItems, withPadding: true);
    }

    /// <inheritdoc/>
    public string Name => "mf";

    /// <inheritdoc/>
    public int VectorSize => Model.Config.EmbeddingSize;

    /// <summary>The model.</summary>
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

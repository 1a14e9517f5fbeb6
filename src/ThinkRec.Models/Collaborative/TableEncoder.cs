using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Vectors that a training has left in tables: those of <see cref="MatrixFactorization"/>, or the smoothed ones of <see cref="LightGcn"/>.</summary>
/// <remarks>
/// An item it was not trained on, and index 0 (unknown), gets the mean of the trained. So does a user without history; one with history gets a vector
/// from it (<see cref="FoldIn"/>), anew each time it is asked for, unless the model's configuration says otherwise.
/// </remarks>
public sealed class TableEncoder : ICollaborativeEncoder
{
    private readonly Dataset _dataset;

    /// <summary>Wraps a model.</summary>
    /// <param name="method">Which model trained them.</param>
    /// <param name="model">The tables, owned from now on; rows that were not trained are overwritten.</param>
    /// <param name="dataset">What the rows of histories refer to.</param>
    /// <param name="trainedUsers">By user index: whether a training row named the user.</param>
    /// <param name="trainedItems">By item index: whether a training row named the item.</param>
    public TableEncoder(EncoderMethod method, MatrixFactorization model, Dataset dataset, bool[] trainedUsers, bool[] trainedItems)
    {
        (Method, Model, _dataset, TrainedUsers, TrainedItems) = (method, model, dataset, trainedUsers, trainedItems);
        model.SetTraining(false);
        UntrainedRows.Fill(model.Users, trainedUsers, withPadding: true);
        UntrainedRows.Fill(model.Items, trainedItems, withPadding: true);
    }

    /// <inheritdoc/>
    public string Name => Method == EncoderMethod.Lightgcn ? "lightgcn" : "mf";

    /// <summary>Which model trained the tables.</summary>
    public EncoderMethod Method { get; }

    /// <inheritdoc/>
    public int HistoryLength => FoldIn.MaxHistory;

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
        Tensor vectors = Model.Users.Forward(Tensor.From(users, users.Length));
        int[] strangers = [.. Enumerable.Range(0, states.Count).Where(i => Model.Config.FoldIn && !TrainedUsers[states[i].User] && states[i].History.Length > 0)];
        if (strangers.Length == 0)
        {
            return scope.Return(vectors);
        }

        Tensor mean = Model.Users.Weight.Value.Select(0, 0); // what every row has that was not trained
        Tensor solved = FoldIn.Solved(_dataset, [.. strangers.Select(i => states[i].History)], Model.Items, TrainedItems, mean);
        return scope.Return(IndexCopy.Call(vectors, 0, Tensor.From([.. strangers.Select(i => (long)i)], strangers.Length), solved));
    }

    /// <inheritdoc/>
    public Tensor ItemVectors(IReadOnlyList<int> items)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        long[] indices = [.. items.Select(i => (long)i)];
        return scope.Return(Model.Items.Forward(Tensor.From(indices, indices.Length)));
    }

    private static readonly Op IndexCopy = new("aten::index_copy");

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}

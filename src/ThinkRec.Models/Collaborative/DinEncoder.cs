using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>
/// A trained <see cref="Din"/>. It scores pairs by its network, because what it makes of a history depends on the target. For the language model and the grouping, which need
/// vectors, a user's is the mean of the history's vectors beside the user's own, without a target, and an item's is its own twice; their dot product is no score.
/// </summary>
/// <remarks>
/// Users and items it was not trained on have the mean of the trained; an empty history counts as no interest, the zero vector.
/// Differs from the authors' code, whose user vector holds a target too: ours is the same whatever is asked.
/// </remarks>
public sealed class DinEncoder : ICollaborativeEncoder
{
    private readonly Dataset _dataset;

    /// <summary>Wraps a model.</summary>
    /// <param name="model">Owned from now on; rows that were not trained are overwritten.</param>
    /// <param name="dataset">What the rows of histories refer to.</param>
    /// <param name="trainedUsers">By user index: whether a training row named the user.</param>
    /// <param name="trainedItems">By item index: whether a training row named the item.</param>
    public DinEncoder(Din model, Dataset dataset, bool[] trainedUsers, bool[] trainedItems)
    {
        (Model, _dataset, TrainedUsers, TrainedItems) = (model, dataset, trainedUsers, trainedItems);
        model.SetTraining(false);
        model.FillUntrained(trainedUsers, trainedItems);
    }

    /// <inheritdoc/>
    public string Name => "din";

    /// <inheritdoc/>
    public int HistoryLength => Math.Max(Model.Config.MaxLength, UserStatistics.History); // so many that the likes among them suffice

    /// <inheritdoc/>
    public int VectorSize => 2 * Model.Config.EmbeddingSize;

    /// <summary>The model.</summary>
    public Din Model { get; }

    /// <summary>By user index: whether the user was trained.</summary>
    public IReadOnlyList<bool> TrainedUsers { get; }

    /// <summary>By item index: whether the item was trained.</summary>
    public IReadOnlyList<bool> TrainedItems { get; }

    /// <inheritdoc/>
    public Tensor UserVectors(IReadOnlyList<UserState> states)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Return(Model.UserVectors(Users(states), Histories(states)));
    }

    /// <inheritdoc/>
    public Tensor ItemVectors(IReadOnlyList<int> items)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor vectors = Model.Items.Forward(Items(items));
        return scope.Return(Tensor.Cat(-1, vectors, vectors));
    }

    /// <inheritdoc/>
    public Tensor Score(IReadOnlyList<UserState> states, IReadOnlyList<int> items)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Return(Model.Forward(Users(states), Items(items), Histories(states)));
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    private static Tensor Users(IReadOnlyList<UserState> states) => Tensor.From([.. states.Select(s => (long)s.User)], states.Count);

    private static Tensor Items(IReadOnlyList<int> items) => Tensor.From([.. items.Select(i => (long)i)], items.Count);

    private DinInput Histories(IReadOnlyList<UserState> states) => DinInput.From(_dataset, [.. states.Select(s => s.History)], Model.Config);
}

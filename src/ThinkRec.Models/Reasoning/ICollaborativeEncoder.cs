using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>A small recommender whose vectors enter the prompt and steer the gate.</summary>
public interface ICollaborativeEncoder : IDisposable
{
    /// <summary>Short name, such as <c>sasrec</c>.</summary>
    string Name { get; }

    /// <summary>Length of a vector.</summary>
    int VectorSize { get; }

    /// <summary>So many of a user's last interactions are worth handing over.</summary>
    int HistoryLength { get; }

    /// <summary>Vectors of users at given moments.</summary>
    /// <param name="states">Users with their histories (both kinds of feedback; an encoder picks what it was trained on).</param>
    /// <returns>[n, d], no gradient, in the current scope.</returns>
    Tensor UserVectors(IReadOnlyList<UserState> states);

    /// <summary>Vectors of items.</summary>
    /// <param name="items">Dense item indices.</param>
    /// <returns>[n, d], no gradient, in the current scope.</returns>
    Tensor ItemVectors(IReadOnlyList<int> items);

    /// <summary>Vectors of items, each as it stands beside a user.</summary>
    /// <param name="items">Dense item indices.</param>
    /// <param name="states">One user for each, for encoders that are several (<see cref="UserState.OutOfFold"/>) or whose items change with time (<see cref="UserState.Row"/>).</param>
    /// <returns>[n, d], no gradient, in the current scope.</returns>
    Tensor ItemVectors(IReadOnlyList<int> items, IReadOnlyList<UserState> states) => ItemVectors(items);

    /// <summary>Logits of a like, one for each pair of a user at a moment and an item.</summary>
    /// <remarks>The dot product of their vectors, unless an encoder has a score that no product of vectors gives.</remarks>
    /// <param name="states">Users with their histories.</param>
    /// <param name="items">As many dense item indices.</param>
    /// <returns>[n], no gradient, in the current scope.</returns>
    Tensor Score(IReadOnlyList<UserState> states, IReadOnlyList<int> items)
    {
        using var scope = TensorScope.Begin();
        return scope.Return((UserVectors(states) * ItemVectors(items, states)).Sum(-1));
    }
}

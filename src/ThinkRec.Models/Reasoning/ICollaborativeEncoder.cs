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
}

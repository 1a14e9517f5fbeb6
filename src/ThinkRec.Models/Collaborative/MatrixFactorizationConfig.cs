namespace ThinkRec.Models.Collaborative;

/// <summary>Sizes of <see cref="MatrixFactorization"/>.</summary>
public sealed record MatrixFactorizationConfig
{
    /// <summary>Length of a vector.</summary>
    public int EmbeddingSize { get; init; } = 64;

    /// <summary>Standard deviation of fresh vectors; the reference has 1, which starts with logits of ± √EmbeddingSize.</summary>
    public double InitDeviation { get; init; } = 0.02;

    /// <summary>Whether a user without a trained row gets a vector from the history (<see cref="Collaborative.FoldIn"/>); else the mean user's.</summary>
    public bool FoldIn { get; init; } = true;

    /// <summary>Everything that keeps this model from being built.</summary>
    /// <returns>One sentence each; none when it is sound.</returns>
    public IEnumerable<string> Problems()
    {
        if (EmbeddingSize is < 1 or > 4096)
        {
            yield return $"embeddingSize is {EmbeddingSize}, expected 1 to 4096";
        }

        if (!(InitDeviation > 0) || !double.IsFinite(InitDeviation))
        {
            yield return $"initDeviation is {InitDeviation}, expected more than 0";
        }
    }
}

namespace ThinkRec.Models.Collaborative;

/// <summary>Sizes of <see cref="FeedbackSasRec"/>.</summary>
public sealed record FeedbackSasRecConfig
{
    /// <summary>Length of a vector; two of its places carry the biases.</summary>
    public int EmbeddingSize { get; init; } = 64;

    /// <summary>So many of the last interactions are read, likes and dislikes.</summary>
    public int MaxLength { get; init; } = 50;

    /// <summary>Transformer blocks.</summary>
    public int NumBlocks { get; init; } = 2;

    /// <summary>Attention heads; divides the vector's length. The first sees all events alike, the others favour recent ones more and more.</summary>
    public int NumHeads { get; init; } = 4;

    /// <summary>Share of values zeroed while training.</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>Share of items whose own vector is hidden in a training step, so that words alone must do, as they must for a new item.</summary>
    public double ItemDropout { get; init; } = 0.3;

    /// <summary>Standard deviation of fresh vectors.</summary>
    public double InitDeviation { get; init; } = 0.02;

    /// <summary>Everything that keeps this model from being built.</summary>
    /// <returns>One sentence each; none when it is sound.</returns>
    public IEnumerable<string> Problems()
    {
        foreach (string problem in Blocks().Problems())
        {
            yield return problem;
        }

        if (EmbeddingSize < 4)
        {
            yield return $"embeddingSize is {EmbeddingSize}, expected at least 4";
        }

        if (ItemDropout is not (>= 0 and < 1))
        {
            yield return $"itemDropout is {ItemDropout}, expected 0 or more and less than 1";
        }
    }

    /// <summary>Sizes of the blocks, which are those of <see cref="SasRec"/>.</summary>
    internal SasRecConfig Blocks() => new()
    {
        EmbeddingSize = EmbeddingSize,
        MaxLength = MaxLength,
        NumBlocks = NumBlocks,
        NumHeads = NumHeads,
        Dropout = Dropout,
        InitDeviation = InitDeviation,
    };
}

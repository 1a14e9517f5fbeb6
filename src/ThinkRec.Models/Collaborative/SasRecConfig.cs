using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>Sizes of <see cref="SasRec"/> and the histories it reads.</summary>
public sealed record SasRecConfig
{
    /// <summary>Length of a vector.</summary>
    public int EmbeddingSize { get; init; } = 64;

    /// <summary>So many of the last history items are read.</summary>
    public int MaxLength { get; init; } = 25;

    /// <summary>Transformer blocks.</summary>
    public int NumBlocks { get; init; } = 2;

    /// <summary>Attention heads; divides the vector's length.</summary>
    public int NumHeads { get; init; } = 1;

    /// <summary>Share of values zeroed while training.</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>Standard deviation of fresh item and position vectors; the reference has 1.</summary>
    public double InitDeviation { get; init; } = 0.02;

    /// <summary>Which history items are read, in training and later; likes and dislikes are not told apart.</summary>
    public HistoryKind History { get; init; } = HistoryKind.PositiveOnly;

    /// <summary>Whether targets have vectors of their own; else those by which histories are read.</summary>
    public bool OutputTable { get; init; }

    /// <summary>Everything that keeps this model from being built.</summary>
    /// <returns>One sentence each; none when it is sound.</returns>
    public IEnumerable<string> Problems()
    {
        foreach ((string key, int value, int limit) in new[]
        {
            ("embeddingSize", EmbeddingSize, 4096), ("maxLength", MaxLength, 4096), ("numBlocks", NumBlocks, 64), ("numHeads", NumHeads, 64),
        })
        {
            if (value < 1 || value > limit)
            {
                yield return $"{key} is {value}, expected 1 to {limit}";
            }
        }

        if (NumHeads > 0 && EmbeddingSize % NumHeads != 0)
        {
            yield return $"embeddingSize {EmbeddingSize} is not a multiple of numHeads {NumHeads}";
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return $"dropout is {Dropout}, expected 0 or more and less than 1";
        }

        if (!(InitDeviation > 0) || !double.IsFinite(InitDeviation))
        {
            yield return $"initDeviation is {InitDeviation}, expected more than 0";
        }
    }
}

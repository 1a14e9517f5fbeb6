namespace ThinkRec.Models.Collaborative;

/// <summary>Sizes of <see cref="LightGcn"/>.</summary>
public sealed record LightGcnConfig
{
    /// <summary>Length of a vector.</summary>
    public int EmbeddingSize { get; init; } = 64;

    /// <summary>How often vectors are passed to the neighbours.</summary>
    public int NumLayers { get; init; } = 2;

    /// <summary>Standard deviation of fresh vectors, as in the reference.</summary>
    public double InitDeviation { get; init; } = 0.1;

    /// <summary>Everything that keeps this model from being built.</summary>
    /// <returns>One sentence each; none when it is sound.</returns>
    public IEnumerable<string> Problems()
    {
        if (EmbeddingSize is < 1 or > 4096)
        {
            yield return $"embeddingSize is {EmbeddingSize}, expected 1 to 4096";
        }

        if (NumLayers is < 0 or > 16)
        {
            yield return $"numLayers is {NumLayers}, expected 0 to 16";
        }

        if (!(InitDeviation > 0) || !double.IsFinite(InitDeviation))
        {
            yield return $"initDeviation is {InitDeviation}, expected more than 0";
        }
    }
}

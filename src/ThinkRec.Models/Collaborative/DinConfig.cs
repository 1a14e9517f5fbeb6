using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>Sizes of <see cref="Din"/> and the histories it reads.</summary>
public sealed record DinConfig
{
    /// <summary>Length of a vector of each of the three tables.</summary>
    public int EmbeddingSize { get; init; } = 64;

    /// <summary>So many of the last history items are read.</summary>
    public int MaxLength { get; init; } = 10;

    /// <summary>Widths of the two layers that weigh a history item.</summary>
    public IReadOnlyList<int> AttentionSizes { get; init; } = [64, 16];

    /// <summary>Widths of the two layers on top.</summary>
    public IReadOnlyList<int> NetworkSizes { get; init; } = [200, 80];

    /// <summary>Share of values zeroed while training, in the network on top.</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>Standard deviation of fresh vectors.</summary>
    public double InitDeviation { get; init; } = 0.02;

    /// <summary>Which history items are read, in training and later; likes and dislikes are not told apart.</summary>
    public HistoryKind History { get; init; } = HistoryKind.PositiveOnly;

    /// <summary>Everything that keeps this model from being built.</summary>
    /// <returns>One sentence each; none when it is sound.</returns>
    public IEnumerable<string> Problems()
    {
        foreach ((string key, int value) in new[] { ("embeddingSize", EmbeddingSize), ("maxLength", MaxLength) })
        {
            if (value is < 1 or > 4096)
            {
                yield return $"{key} is {value}, expected 1 to 4096";
            }
        }

        foreach ((string key, IReadOnlyList<int> sizes) in new[] { ("attentionSizes", AttentionSizes), ("networkSizes", NetworkSizes) })
        {
            if (sizes is not { Count: 2 } || sizes.Any(size => size is < 1 or > 4096))
            {
                yield return $"{key} is [{string.Join(", ", sizes ?? [])}], expected two widths of 1 to 4096";
            }
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

using ThinkRec.Nn;

namespace ThinkRec.Models.Llm;

/// <summary>What one forward pass needs besides the hidden states.</summary>
public readonly record struct DecoderContext
{
    /// <summary>Keys and values of earlier positions, which this pass extends; null when training.</summary>
    public KvCache? Cache { get; init; }

    /// <summary>Which adapters act on which row; null for the base model.</summary>
    public AdapterBlend? Blend { get; init; }

    /// <summary>
    /// Positions on the left of each row that hold nothing, counted from the first one in the cache; null for none anywhere. They are seen by no other
    /// position, and positions of a row count from its first token. What is computed at them means nothing.
    /// </summary>
    public IReadOnlyList<int>? LeftPadding { get; init; }
}

using ThinkRec.Nn;
using ThinkRec.Torch;

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

    /// <summary>
    /// Lengths of sequences that lie one behind the other in the one row [1, sum, H] of a batch without padding; null where each row is a sequence.
    /// Only where <see cref="LlamaModel.Packs"/> says so, and with blends that treat all rows alike.
    /// </summary>
    public IReadOnlyList<int>? Lengths { get; init; }

    /// <summary>Int64 [N], row · T + position: the only positions whose states are wanted, so that the last layer need not compute the others; null for all. Borrowed.</summary>
    public Tensor? Outputs { get; init; }

    /// <summary>The layer whose input is given in place of embeddings.</summary>
    public int FirstLayer { get; init; }
}

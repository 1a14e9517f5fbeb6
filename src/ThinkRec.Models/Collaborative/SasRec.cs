using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Self-attention over the last history items; the logit of a like is the dot product of the result with the target's vector.</summary>
/// <remarks>
/// Source: arXiv 1808.09781, in the variant of the ThinkRec authors. Parity: sasrec.
/// Differs from the authors' code: padding is masked as a key (theirs attends to it through the projection's bias), so that the amount of padding
/// changes nothing; an empty history gives the zero vector; fresh vectors have deviation 0.02 instead of 1 unless configured.
/// </remarks>
public sealed class SasRec : Module
{
    private const double Masked = -1e9; // finite: a padding query, which sees no key at all, must not become NaN
    private readonly Embedding _positions;
    private readonly SasRecBlock[] _blocks;
    private readonly LayerNorm _lastNorm;

    /// <summary>Builds the model.</summary>
    /// <param name="path">
    /// Where weights come from; keys <c>item_emb</c>, <c>pos_emb</c>, <c>attention_layernorms.N</c>, <c>attention_layers.N</c>,
    /// <c>forward_layernorms.N</c>, <c>forward_layers.N.conv1</c> and <c>.conv2</c>, <c>last_layernorm</c>.
    /// </param>
    /// <param name="config">Sizes.</param>
    /// <param name="numItems">Rows of the item table, padding included.</param>
    public SasRec(WeightPath path, SasRecConfig config, int numItems)
    {
        Config = config;
        var init = new Init.Normal(config.InitDeviation);
        Items = Add(new Embedding(path / "item_emb", numItems, config.EmbeddingSize, init, paddingIndex: 0));
        _positions = Add(new Embedding(path / "pos_emb", config.MaxLength, config.EmbeddingSize, init));
        _blocks = [.. Enumerable.Range(0, config.NumBlocks).Select(i => Add(new SasRecBlock(path, config, i)))];
        _lastNorm = Add(new LayerNorm(path / "last_layernorm", config.EmbeddingSize, SasRecBlock.LayerNormEps));
    }

    /// <summary>Sizes.</summary>
    public SasRecConfig Config { get; }

    /// <summary>[items, d]; read as history and as target.</summary>
    public Embedding Items { get; }

    /// <summary>The vectors of histories.</summary>
    /// <param name="items">Int64 [B, L] item indices, padded with 0 on the left, L at most MaxLength, borrowed.</param>
    /// <returns>[B, d]; zero where the history is empty.</returns>
    public Tensor Forward(Tensor items)
    {
        using var scope = TensorScope.Begin();
        long length = items.Size(1);
        Tensor keep = items.Ne(0).To(DType.Float32).Unsqueeze(-1); // [B, L, 1]
        Tensor mask = Mask(items, length);
        Tensor x = Items.Forward(items).Mul(Math.Sqrt(Config.EmbeddingSize)) // [B, L, d]
            + _positions.Weight.Value.Narrow(0, Config.MaxLength - length, length); // counted from the end
        x = F.Dropout(x, Config.Dropout, IsTraining) * keep;
        for (int i = 0; i < _blocks.Length; i++)
        {
            // Only the last position is asked for, so the last block computes no other.
            x = _blocks[i].Forward(x, keep, mask, i == _blocks.Length - 1 ? 1 : length);
        }

        return scope.Return(_lastNorm.Forward(x.Squeeze(1)) * keep.Select(1, length - 1));
    }

    /// <summary>Scores targets after histories.</summary>
    /// <param name="items">As for <see cref="Forward"/>.</param>
    /// <param name="targets">Int64 [B], borrowed.</param>
    /// <returns>[B] logits.</returns>
    public Tensor Score(Tensor items, Tensor targets)
    {
        using var scope = TensorScope.Begin();
        return scope.Return((Forward(items) * Items.Forward(targets)).Sum(-1));
    }

    private static Tensor Mask(Tensor items, long length)
    {
        using var scope = TensorScope.Begin();
        Tensor padding = items.Eq(0).To(DType.Float32).Mul(Masked).Reshape(items.Size(0), 1, 1, length);
        Tensor causal = Tensor.Full([length, length], Masked, device: items.Device).Triu(1);
        return scope.Return(padding + causal); // [B, 1, L, L]
    }
}

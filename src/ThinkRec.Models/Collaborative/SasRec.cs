using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Self-attention over the last history items; the logit of a like is the dot product of the result with the target's vector.</summary>
/// <remarks>
/// Source: arXiv 1808.09781, in the variant of the ThinkRec authors; with a separate output table, arXiv 2308.07192. Parity: sasrec.
/// Differs from both: positions count from the first item that is read, and padding comes last. A place of a window is then computed exactly as the last
/// place of a history that ends there, so that training on all places of a window and serving from the last one agree, and no padding is ever attended to
/// (the authors' code attends to it through the projection's bias). An empty history gives the zero vector; fresh vectors have deviation 0.02 instead
/// of 1 unless configured.
/// </remarks>
public sealed class SasRec : Module
{
    private const double Masked = -1e9; // finite, as minus infinity times zero is not a number
    private readonly Embedding _positions;
    private readonly SasRecBlock[] _blocks;
    private readonly LayerNorm _lastNorm;

    /// <summary>Builds the model.</summary>
    /// <param name="path">
    /// Where weights come from; keys <c>item_emb</c>, <c>output_emb</c> when targets have a table of their own, <c>pos_emb</c>, <c>attention_layernorms.N</c>,
    /// <c>attention_layers.N</c>, <c>forward_layernorms.N</c>, <c>forward_layers.N.conv1</c> and <c>.conv2</c>, <c>last_layernorm</c>.
    /// </param>
    /// <param name="config">Sizes.</param>
    /// <param name="numItems">Rows of the item table, padding included.</param>
    public SasRec(WeightPath path, SasRecConfig config, int numItems)
    {
        Config = config;
        var init = new Init.Normal(config.InitDeviation);
        Items = Add(new Embedding(path / "item_emb", numItems, config.EmbeddingSize, init, paddingIndex: 0));
        Targets = config.OutputTable ? Add(new Embedding(path / "output_emb", numItems, config.EmbeddingSize, init, paddingIndex: 0)) : Items;
        _positions = Add(new Embedding(path / "pos_emb", config.MaxLength, config.EmbeddingSize, init));
        _blocks = [.. Enumerable.Range(0, config.NumBlocks).Select(i => Add(new SasRecBlock(path, config, i)))];
        _lastNorm = Add(new LayerNorm(path / "last_layernorm", config.EmbeddingSize, SasRecBlock.LayerNormEps));
    }

    /// <summary>Sizes.</summary>
    public SasRecConfig Config { get; }

    /// <summary>[items, d]; read as history.</summary>
    public Embedding Items { get; }

    /// <summary>[items, d]; read as target. The same table unless the configuration asks for another.</summary>
    public Embedding Targets { get; }

    /// <summary>The vector after each item of histories: what is known once it has been read.</summary>
    /// <param name="items">Int64 [B, L] item indices, oldest first, padded with 0 on the right, L at most MaxLength, borrowed.</param>
    /// <returns>[B, L, d]; zero at padding.</returns>
    public Tensor Places(Tensor items)
    {
        using var scope = TensorScope.Begin();
        long length = items.Size(1);
        Tensor mask = Tensor.Full([length, length], Masked, device: items.Device).Triu(1); // padding comes last: no real place sees it
        Tensor x = Items.Forward(items).Mul(Math.Sqrt(Config.EmbeddingSize)) + _positions.Weight.Value.Narrow(0, 0, length); // [B, L, d]
        x = F.Dropout(x, Config.Dropout, IsTraining);
        foreach (SasRecBlock block in _blocks)
        {
            x = block.Forward(x, null, mask, length);
        }

        return scope.Return(_lastNorm.Forward(x) * items.Ne(0).To(DType.Float32).Unsqueeze(-1));
    }

    /// <summary>The vectors of histories.</summary>
    /// <param name="items">As for <see cref="Places"/>.</param>
    /// <returns>[B, d]; zero where the history is empty.</returns>
    public Tensor Forward(Tensor items)
    {
        using var scope = TensorScope.Begin();
        (long count, long length) = (items.Size(0), items.Size(1));
        Tensor ends = items.Ne(0).To(DType.Float64).Sum(1).Sub(1).Clamp(0, null); // [B]
        Tensor places = (ends + Tensor.Arange(count, items.Device).To(DType.Float64).Mul(length)).To(DType.Int64);
        return scope.Return(Places(items).Reshape(count * length, Config.EmbeddingSize).IndexSelect(0, places));
    }

    /// <summary>Scores targets after histories.</summary>
    /// <param name="items">As for <see cref="Places"/>.</param>
    /// <param name="targets">Int64 [B], borrowed.</param>
    /// <returns>[B] logits.</returns>
    public Tensor Score(Tensor items, Tensor targets)
    {
        using var scope = TensorScope.Begin();
        return scope.Return((Forward(items) * Targets.Forward(targets)).Sum(-1));
    }
}

using ThinkRec.Models.Llm.Families;

namespace ThinkRec.Models.Llm;

/// <summary>Which part of a decoder a weight belongs to.</summary>
public enum LlamaPart
{
    /// <summary>The token embedding.</summary>
    Embedding,

    /// <summary>The layers.</summary>
    Layers,

    /// <summary>The norm after the last layer.</summary>
    Norm,

    /// <summary>The output head; a model whose head is the embedding has no weight here.</summary>
    Head,
}

/// <summary>A weight that a decoder of some shape has.</summary>
/// <param name="Part">Where it belongs.</param>
/// <param name="Key">Key in weight files, as Hugging Face's Llama has it.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
public sealed record LlamaWeight(LlamaPart Part, string Key, IReadOnlyList<long> Shape)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Whether a key is that of the matrix of a layer's projection, which <see cref="Quantization"/> rounds.</summary>
    /// <param name="key">Key of a weight.</param>
    /// <returns>True for <c>q_proj.weight</c> to <c>down_proj.weight</c> of every layer.</returns>
    public static bool IsProjection(string key) => key.StartsWith("model.layers.", StringComparison.Ordinal) && key.EndsWith("_proj.weight", StringComparison.Ordinal);

    /// <summary>All weights of a decoder, without building it.</summary>
    /// <param name="config">Its shape, sound.</param>
    /// <returns>What <see cref="LlamaModel"/> asks its source for, in that order.</returns>
    public static IEnumerable<LlamaWeight> All(LlamaConfig config)
    {
        yield return new(LlamaPart.Embedding, "model.embed_tokens.weight", [config.VocabSize, config.HiddenSize]);
        for (int layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            foreach ((string name, long[] shape) in OfLayer(config))
            {
                yield return new(LlamaPart.Layers, $"model.layers.{layer}.{name}", shape);
            }
        }

        yield return new(LlamaPart.Norm, "model.norm.weight", [config.HiddenSize]);
        if (!config.TieWordEmbeddings)
        {
            yield return new(LlamaPart.Head, "lm_head.weight", [config.VocabSize, config.HiddenSize]);
        }
    }

    /// <summary>Number of weights of a decoder, in elements.</summary>
    /// <param name="config">Its shape, sound.</param>
    /// <returns>The sum over all weights.</returns>
    public static long Count(LlamaConfig config) => All(config).Sum(weight => weight.Elements);

    private static IEnumerable<(string Name, long[] Shape)> OfLayer(LlamaConfig config)
    {
        DecoderFamily family = config.Family;
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        long queries = (long)config.NumAttentionHeads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        yield return ("input_layernorm.weight", [hidden]);
        foreach ((string name, long outputs, long inputs, bool hasBias) in new[]
        {
            ("q_proj", queries, hidden, family.HasQkvBias(config)), ("k_proj", keys, hidden, family.HasQkvBias(config)),
            ("v_proj", keys, hidden, family.HasQkvBias(config)), ("o_proj", hidden, queries, family.HasOutputBias(config)),
        })
        {
            yield return ($"self_attn.{name}.weight", [outputs, inputs]);
            if (hasBias)
            {
                yield return ($"self_attn.{name}.bias", [outputs]);
            }
        }

        if (family.HasQkNorm)
        {
            yield return ("self_attn.q_norm.weight", [config.HeadSize]);
            yield return ("self_attn.k_norm.weight", [config.HeadSize]);
        }

        yield return ("post_attention_layernorm.weight", [hidden]);
        yield return ("mlp.gate_proj.weight", [inner, hidden]);
        yield return ("mlp.up_proj.weight", [inner, hidden]);
        yield return ("mlp.down_proj.weight", [hidden, inner]);
    }
}

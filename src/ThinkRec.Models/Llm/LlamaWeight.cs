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

    /// <summary>All weights of a decoder, without building it.</summary>
    /// <param name="config">Its shape, sound.</param>
    /// <returns>What <see cref="LlamaModel"/> asks its source for, in that order.</returns>
    public static IEnumerable<LlamaWeight> All(LlamaConfig config)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        long queries = (long)config.NumAttentionHeads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        yield return new(LlamaPart.Embedding, "model.embed_tokens.weight", [config.VocabSize, hidden]);
        for (int layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            foreach ((string name, long[] shape) in new (string, long[])[]
            {
                ("input_layernorm", [hidden]), ("self_attn.q_proj", [queries, hidden]), ("self_attn.k_proj", [keys, hidden]), ("self_attn.v_proj", [keys, hidden]),
                ("self_attn.o_proj", [hidden, queries]), ("post_attention_layernorm", [hidden]),
                ("mlp.gate_proj", [inner, hidden]), ("mlp.up_proj", [inner, hidden]), ("mlp.down_proj", [hidden, inner]),
            })
            {
                yield return new(LlamaPart.Layers, $"model.layers.{layer}.{name}.weight", shape);
            }
        }

        yield return new(LlamaPart.Norm, "model.norm.weight", [hidden]);
        if (!config.TieWordEmbeddings)
        {
            yield return new(LlamaPart.Head, "lm_head.weight", [config.VocabSize, hidden]);
        }
    }

    /// <summary>Number of weights of a decoder, in elements.</summary>
    /// <param name="config">Its shape, sound.</param>
    /// <returns>The sum over all weights.</returns>
    public static long Count(LlamaConfig config) => All(config).Sum(weight => weight.Elements);
}

using ThinkRec.Models.Llm.Families;

namespace ThinkRec.Models.Llm;

public sealed partial record LlamaConfig
{
    /// <summary>Everything that keeps this config from being built.</summary>
    /// <returns>One sentence each; none when it is sound.</returns>
    public IEnumerable<string> Problems()
    {
        string[] sizes = [.. SizeProblems()];
        return sizes.Concat(NumAttentionHeads > 0 && KeyValueHeads > 0 ? HeadProblems() : []).Concat(sizes.Length == 0 ? LayerProblems() : []).Concat(KindProblems());
    }

    private IEnumerable<string> SizeProblems()
    {
        foreach ((string key, long value, long limit) in new (string, long, long)[]
        {
            ("vocab_size", VocabSize, 1 << 22), ("hidden_size", HiddenSize, 1 << 17), ("intermediate_size", IntermediateSize, 1 << 20),
            ("num_hidden_layers", NumHiddenLayers, 1024), ("num_attention_heads", NumAttentionHeads, 4096),
            ("num_key_value_heads", KeyValueHeads, 4096), ("max_position_embeddings", MaxPositionEmbeddings, 1 << 20),
            ("head_dim", NumAttentionHeads == 0 ? 1 : HeadSize, 1024),
        })
        {
            if (value < 1 || value > limit)
            {
                yield return $"{key} is {value}, expected 1 to {limit}";
            }
        }
    }

    private IEnumerable<string> HeadProblems()
    {
        if (HeadDim is null && HiddenSize % NumAttentionHeads != 0)
        {
            yield return $"hidden_size {HiddenSize} is not a multiple of num_attention_heads {NumAttentionHeads}";
        }
        else if (HeadSize % 2 != 0)
        {
            yield return $"head_dim {HeadSize} is odd; rotary embeddings need pairs";
        }

        if (NumAttentionHeads % KeyValueHeads != 0)
        {
            yield return $"num_attention_heads {NumAttentionHeads} is not a multiple of num_key_value_heads {KeyValueHeads}";
        }
    }

    private IEnumerable<string> LayerProblems()
    {
        if (SlidingWindow is < 1)
        {
            yield return $"sliding_window is {SlidingWindow}, expected 1 or more, or null for none";
        }

        if (LayerTypes is { } types && (types.Count != NumHiddenLayers || types.Any(type => type is not ("full_attention" or SlidingLayer))))
        {
            yield return $"layer_types has {types.Count} entries ({string.Join(", ", types.Distinct().Take(4))}), expected full_attention or {SlidingLayer} for each of num_hidden_layers {NumHiddenLayers}";
        }

        if (MaxWindowLayers < 0)
        {
            yield return $"max_window_layers is {MaxWindowLayers}, expected 0 or more";
        }

        foreach (string problem in Family.Problems(this))
        {
            yield return problem;
        }
    }

    private IEnumerable<string> KindProblems()
    {
        if (DecoderFamilies.Find(ModelType) is null)
        {
            yield return $"model_type '{ModelType}' is not built; use a checkpoint of one of {string.Join(", ", DecoderFamilies.All.Select(family => family.ModelType))}";
        }

        foreach (string problem in RopeScaling?.Problems() ?? [])
        {
            yield return problem;
        }

        if (PartialRotaryFactor is not (null or 1))
        {
            yield return $"partial_rotary_factor {PartialRotaryFactor} is not built; use a checkpoint without it";
        }

        if (MlpBias)
        {
            yield return "mlp_bias is not built; use a checkpoint without it";
        }

        if (HiddenAct != "silu")
        {
            yield return $"hidden_act '{HiddenAct}' is not built; use a checkpoint with silu";
        }

        if (!(RopeTheta >= 1) || !(RopeTheta < 1e15) || !(RmsNormEps > 0))
        {
            yield return $"rope_theta is {RopeTheta} and rms_norm_eps is {RmsNormEps}, expected 1 or more and more than 0";
        }

        if (RopeScaling?.Kind == "yarn" && RopeTheta <= 1)
        {
            yield return "rope_theta is 1, expected more with rope_scaling of type yarn";
        }
    }
}

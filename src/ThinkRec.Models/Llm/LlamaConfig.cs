using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Files;
using ThinkRec.Nn;

namespace ThinkRec.Models.Llm;

/// <summary>Shape of a Llama-family decoder; names and file format are those of Hugging Face's <c>config.json</c>.</summary>
public sealed record LlamaConfig
{
    /// <summary>Name of the config file in a model folder.</summary>
    public const string FileName = "config.json";

    private const long MaxFileBytes = 1 << 20;

    /// <summary>Family; only <c>llama</c> is built here.</summary>
    [JsonPropertyName("model_type")] public string ModelType { get; init; } = "llama";

    /// <summary>Rows of the token embedding.</summary>
    [JsonPropertyName("vocab_size")] public required int VocabSize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    [JsonPropertyName("hidden_size")] public required int HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward block.</summary>
    [JsonPropertyName("intermediate_size")] public required int IntermediateSize { get; init; }

    /// <summary>Number of decoder layers.</summary>
    [JsonPropertyName("num_hidden_layers")] public required int NumHiddenLayers { get; init; }

    /// <summary>Query heads.</summary>
    [JsonPropertyName("num_attention_heads")] public required int NumAttentionHeads { get; init; }

    /// <summary>Key and value heads; null means one for each query head.</summary>
    [JsonPropertyName("num_key_value_heads")] public int? NumKeyValueHeads { get; init; }

    /// <summary>Width of one head; null means hidden size over heads.</summary>
    [JsonPropertyName("head_dim")] public int? HeadDim { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    [JsonPropertyName("rope_theta")] public double RopeTheta { get; init; } = 10000;

    /// <summary>Rope scaling is not built; a file that asks for it is refused rather than read wrongly.</summary>
    [JsonPropertyName("rope_scaling")] public JsonElement? RopeScaling { get; init; }

    /// <summary>Added to the mean square inside RMSNorm.</summary>
    [JsonPropertyName("rms_norm_eps")] public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>Longest sequence.</summary>
    [JsonPropertyName("max_position_embeddings")] public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Whether the output head is the token embedding.</summary>
    [JsonPropertyName("tie_word_embeddings")] public bool TieWordEmbeddings { get; init; }

    /// <summary>Whether the attention projections have biases; not built.</summary>
    [JsonPropertyName("attention_bias")] public bool AttentionBias { get; init; }

    /// <summary>Whether the feed-forward projections have biases; not built.</summary>
    [JsonPropertyName("mlp_bias")] public bool MlpBias { get; init; }

    /// <summary>Activation of the feed-forward block; only <c>silu</c> is built.</summary>
    [JsonPropertyName("hidden_act")] public string HiddenAct { get; init; } = "silu";

    /// <summary>Id of the first token of a text, if any.</summary>
    [JsonPropertyName("bos_token_id")] public int? BosTokenId { get; init; }

    /// <summary>Key and value heads, resolved.</summary>
    [JsonIgnore] public int KeyValueHeads => NumKeyValueHeads ?? NumAttentionHeads;

    /// <summary>Width of one head, resolved.</summary>
    [JsonIgnore] public int HeadSize => HeadDim ?? (HiddenSize / NumAttentionHeads);

    /// <summary>Reads a <c>config.json</c>; keys that this family does not use are ignored, as everywhere.</summary>
    /// <param name="folder">A model folder.</param>
    /// <returns>The config, validated.</returns>
    /// <exception cref="CheckpointException">The file is missing, not JSON, or describes a model that is not built here.</exception>
    public static LlamaConfig Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new CheckpointException($"{path} is not there. A model folder holds {FileName}, tokenizer.json and model.safetensors.");
        }

        if (new FileInfo(path).Length > MaxFileBytes)
        {
            throw new CheckpointException($"{path} is larger than {MaxFileBytes} bytes; that is no model config.");
        }

        LlamaConfig config;
        try
        {
            config = JsonSerializer.Deserialize<LlamaConfig>(File.ReadAllText(path))
                ?? throw new CheckpointException($"{path}: expected an object but found null.");
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path}: {e.Message}");
        }

        string[] problems = [.. config.Problems()];
        return problems.Length == 0 ? config
            : throw new CheckpointException($"{path} has {problems.Length} problem(s): {string.Join("; ", problems)}.");
    }

    /// <summary>Writes <c>config.json</c>.</summary>
    /// <param name="folder">An existing folder.</param>
    public void Save(string folder)
    {
        var options = new JsonSerializerOptions { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
        var json = JsonSerializer.SerializeToNode(this, options)!.AsObject();
        json["architectures"] = new System.Text.Json.Nodes.JsonArray("LlamaForCausalLM");
        json["torch_dtype"] = "float32";
        AtomicFile.WriteAllText(Path.Combine(folder, FileName), json.ToJsonString(options) + "\n");
    }

    /// <summary>Everything that keeps this config from being built.</summary>
    /// <returns>One sentence each; none when it is sound.</returns>
    public IEnumerable<string> Problems()
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

        if (NumAttentionHeads > 0 && HeadDim is null && HiddenSize % NumAttentionHeads != 0)
        {
            yield return $"hidden_size {HiddenSize} is not a multiple of num_attention_heads {NumAttentionHeads}";
        }
        else if (NumAttentionHeads > 0 && HeadSize % 2 != 0)
        {
            yield return $"head_dim {HeadSize} is odd; rotary embeddings need pairs";
        }

        if (KeyValueHeads > 0 && NumAttentionHeads % KeyValueHeads != 0)
        {
            yield return $"num_attention_heads {NumAttentionHeads} is not a multiple of num_key_value_heads {KeyValueHeads}";
        }

        if (ModelType != "llama")
        {
            yield return $"model_type '{ModelType}' is not built; use a 'llama' checkpoint";
        }

        if (RopeScaling is { ValueKind: not JsonValueKind.Null })
        {
            yield return "rope_scaling is not built; use a checkpoint without it";
        }

        if (AttentionBias || MlpBias)
        {
            yield return $"{(AttentionBias ? "attention_bias" : "mlp_bias")} is not built; use a checkpoint without it";
        }

        if (HiddenAct != "silu")
        {
            yield return $"hidden_act '{HiddenAct}' is not built; use a checkpoint with silu";
        }

        if (!(RopeTheta >= 1) || !(RmsNormEps > 0))
        {
            yield return $"rope_theta is {RopeTheta} and rms_norm_eps is {RmsNormEps}, expected 1 or more and more than 0";
        }
    }
}

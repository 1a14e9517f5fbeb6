using System.Text.Json.Serialization;
using ThinkRec.Models.Llm.Families;
using ThinkRec.Models.Llm.Rope;

namespace ThinkRec.Models.Llm;

/// <summary>Shape of a Llama-family decoder; names and file format are those of Hugging Face's <c>config.json</c>.</summary>
public sealed partial record LlamaConfig
{
    /// <summary>Name of the config file in a model folder.</summary>
    public const string FileName = "config.json";

    /// <summary>What <c>layer_types</c> calls a layer that sees a window.</summary>
    internal const string SlidingLayer = "sliding_attention";

    /// <summary>Family; <see cref="DecoderFamilies.All"/> are built.</summary>
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

    /// <summary>How the rotary frequencies are stretched; null leaves them as they are.</summary>
    [JsonPropertyName("rope_scaling")] public RopeScaling? RopeScaling { get; init; }

    /// <summary>Added to the mean square inside RMSNorm.</summary>
    [JsonPropertyName("rms_norm_eps")] public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>Longest sequence.</summary>
    [JsonPropertyName("max_position_embeddings")] public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Whether the output head is the token embedding.</summary>
    [JsonPropertyName("tie_word_embeddings")] public bool TieWordEmbeddings { get; init; }

    /// <summary>Whether the attention projections have biases; families with a rule of their own pass over it.</summary>
    [JsonPropertyName("attention_bias")] public bool AttentionBias { get; init; }

    /// <summary>Whether the feed-forward projections have biases; not built.</summary>
    [JsonPropertyName("mlp_bias")] public bool MlpBias { get; init; }

    /// <summary>Activation of the feed-forward block; only <c>silu</c> is built.</summary>
    [JsonPropertyName("hidden_act")] public string HiddenAct { get; init; } = "silu";

    /// <summary>How many positions a layer with a window sees, its own included; null for all earlier ones.</summary>
    [JsonPropertyName("sliding_window")] public int? SlidingWindow { get; init; }

    /// <summary>Whether layers have windows at all; Mistral does not ask.</summary>
    [JsonPropertyName("use_sliding_window"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool UseSlidingWindow { get; init; }

    /// <summary>The first layer with a window, where <see cref="LayerTypes"/> does not say.</summary>
    [JsonPropertyName("max_window_layers"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public int MaxWindowLayers { get; init; }

    /// <summary>For each layer <c>full_attention</c> or <c>sliding_attention</c>; null leaves it to the family.</summary>
    [JsonPropertyName("layer_types")] public IReadOnlyList<string>? LayerTypes { get; init; }

    /// <summary>For each layer 1 when it rotates and 0 when it does not; null leaves it to <see cref="NoRopeLayerInterval"/>.</summary>
    [JsonPropertyName("no_rope_layers")] public IReadOnlyList<int>? NoRopeLayers { get; init; }

    /// <summary>Every layer whose number, counted from 1, is a multiple of this does not rotate.</summary>
    [JsonPropertyName("no_rope_layer_interval")] public int? NoRopeLayerInterval { get; init; }

    /// <summary>Share of a head's elements that is rotated; only 1 is built.</summary>
    [JsonPropertyName("partial_rotary_factor")] public double? PartialRotaryFactor { get; init; }

    /// <summary>Id of the first token of a text, if any.</summary>
    [JsonPropertyName("bos_token_id")] public int? BosTokenId { get; init; }

    /// <summary>Ids that end a text; one, several or, with null, as the tokenizer says.</summary>
    [JsonPropertyName("eos_token_id"), JsonConverter(typeof(TokenIdsConverter))] public IReadOnlyList<int>? EosTokenIds { get; init; }

    /// <summary>Key and value heads, resolved.</summary>
    [JsonIgnore] public int KeyValueHeads => NumKeyValueHeads ?? NumAttentionHeads;

    /// <summary>Width of one head, resolved.</summary>
    [JsonIgnore] public int HeadSize => HeadDim ?? (HiddenSize / NumAttentionHeads);

    /// <summary>The family; the config must be sound.</summary>
    [JsonIgnore] public DecoderFamily Family => DecoderFamilies.Find(ModelType) ?? LlamaFamily.Family;

    /// <summary>Layers that see a window, and how long it is; null when all see everything.</summary>
    [JsonIgnore]
    public (int Layers, int Length)? Windows
    {
        get
        {
            int[] windows = [.. Enumerable.Range(0, NumHiddenLayers).Select(layer => Family.Window(this, layer)).OfType<int>()];
            return windows.Length == 0 ? null : (windows.Length, windows[0]);
        }
    }
}

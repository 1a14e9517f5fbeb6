using System.Text.Json.Nodes;

namespace ThinkRec.Models.Llm.Families;

/// <summary>Qwen2 and Qwen2.5: biases on queries, keys and values; upper layers may see a window.</summary>
/// <remarks>Source: arXiv 2407.10671 §2.2. With <c>use_sliding_window</c>, the layers from <c>max_window_layers</c> on see a window; <c>layer_types</c> says it layer by layer.</remarks>
internal static class Qwen2Family
{
    internal static DecoderFamily Family { get; } = new()
    {
        ModelType = "qwen2",
        Architecture = "Qwen2ForCausalLM",
        Defaults = new Dictionary<string, JsonNode>
        {
            ["sliding_window"] = 4096,
            ["max_window_layers"] = 28,
            ["num_key_value_heads"] = 32,
            ["max_position_embeddings"] = 32768,
        },
        HasQkvBias = _ => true,
        HasOutputBias = _ => false,
        Window = Window,
    };

    internal static int? Window(LlamaConfig config, int layer)
    {
        bool isWindowed = config.LayerTypes is { } types ? types[layer] == LlamaConfig.SlidingLayer : layer >= config.MaxWindowLayers;
        return config.UseSlidingWindow && isWindowed ? config.SlidingWindow : null;
    }
}

using System.Text.Json.Nodes;

namespace ThinkRec.Models.Llm.Families;

/// <summary>Qwen3: an RMSNorm on each head's queries and keys, heads of their own width, no biases unless asked for.</summary>
/// <remarks>Source: arXiv 2505.09388 §2.</remarks>
internal static class Qwen3Family
{
    internal static DecoderFamily Family { get; } = new()
    {
        ModelType = "qwen3",
        Architecture = "Qwen3ForCausalLM",
        Defaults = new Dictionary<string, JsonNode>
        {
            ["head_dim"] = 128,
            ["sliding_window"] = 4096,
            ["max_window_layers"] = 28,
            ["num_key_value_heads"] = 32,
            ["max_position_embeddings"] = 32768,
        },
        HasQkNorm = true,
        Window = Qwen2Family.Window,
    };
}

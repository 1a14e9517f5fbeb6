using System.Text.Json.Nodes;

namespace ThinkRec.Models.Llm.Families;

/// <summary>Mistral 7B: every layer sees a window of positions, where the config sets one.</summary>
/// <remarks>Source: arXiv 2310.06825 §2. A config without <c>sliding_window</c> has one of 4096; null means none (v0.2 and later).</remarks>
internal static class MistralFamily
{
    internal static DecoderFamily Family { get; } = new()
    {
        ModelType = "mistral",
        Architecture = "MistralForCausalLM",
        Defaults = new Dictionary<string, JsonNode> { ["sliding_window"] = 4096, ["num_key_value_heads"] = 8, ["max_position_embeddings"] = 131072 },
        HasQkvBias = _ => false,
        HasOutputBias = _ => false,
        Window = (config, _) => config.SlidingWindow,
    };
}

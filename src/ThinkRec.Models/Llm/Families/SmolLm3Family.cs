using System.Text.Json.Nodes;

namespace ThinkRec.Models.Llm.Families;

/// <summary>SmolLM3: some layers rotate nothing and know positions only by what they may see; the head is the embedding unless the config says otherwise.</summary>
/// <remarks>Source: arXiv 2501.18795 §3 (layers without rotation). In <c>no_rope_layers</c>, against its name, 1 is a layer that rotates and 0 one that does not.</remarks>
internal static class SmolLm3Family
{
    private const int Interval = 4;

    internal static DecoderFamily Family { get; } = new()
    {
        ModelType = "smollm3",
        Architecture = "SmolLM3ForCausalLM",
        Defaults = new Dictionary<string, JsonNode>
        {
            ["tie_word_embeddings"] = true,
            ["rope_theta"] = 2_000_000.0,
            ["num_key_value_heads"] = 4,
            ["max_position_embeddings"] = 32768,
        },
        Rotates = Rotates,
        Window = Window,
        Problems = Problems,
    };

    private static bool Rotates(LlamaConfig config, int layer) =>
        config.NoRopeLayers is { } marks ? marks[layer] != 0 : (layer + 1) % (config.NoRopeLayerInterval ?? Interval) != 0;

    private static int? Window(LlamaConfig config, int layer)
    {
        bool isWindowed = config.LayerTypes is { } types ? types[layer] == LlamaConfig.SlidingLayer : !Rotates(config, layer);
        return config.UseSlidingWindow && isWindowed ? config.SlidingWindow : null;
    }

    private static IEnumerable<string> Problems(LlamaConfig config)
    {
        if (config.NoRopeLayers is { } marks && (marks.Count != config.NumHiddenLayers || marks.Any(mark => mark is not (0 or 1))))
        {
            yield return $"no_rope_layers has {marks.Count} entries, expected 0 or 1 for each of num_hidden_layers {config.NumHiddenLayers}";
        }

        if (config.NoRopeLayerInterval is < 1)
        {
            yield return $"no_rope_layer_interval is {config.NoRopeLayerInterval}, expected 1 or more";
        }
    }
}

using System.Text.Json.Nodes;

namespace ThinkRec.Models.Llm.Families;

/// <summary>What sets one family of decoders apart from the others; everything else they share.</summary>
public sealed record DecoderFamily
{
    /// <summary>The <c>model_type</c> of its configs.</summary>
    public required string ModelType { get; init; }

    /// <summary>Name of its class in Hugging Face's library, for <c>architectures</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>What a key means that a config leaves out.</summary>
    public IReadOnlyDictionary<string, JsonNode> Defaults { get; init; } = new Dictionary<string, JsonNode>();

    /// <summary>Whether the projections of queries, keys and values have biases.</summary>
    public Func<LlamaConfig, bool> HasQkvBias { get; init; } = config => config.AttentionBias;

    /// <summary>Whether the projection after attention has a bias.</summary>
    public Func<LlamaConfig, bool> HasOutputBias { get; init; } = config => config.AttentionBias;

    /// <summary>Whether each head's queries and keys pass an RMSNorm before they are rotated.</summary>
    public bool HasQkNorm { get; init; }

    /// <summary>Whether a layer, by number, rotates queries and keys by their positions.</summary>
    public Func<LlamaConfig, int, bool> Rotates { get; init; } = (_, _) => true;

    /// <summary>How many positions a layer, by number, sees, its own included; null for all earlier ones.</summary>
    public Func<LlamaConfig, int, int?> Window { get; init; } = (_, _) => null;

    /// <summary>What keeps a config of this family from being built, beyond what all families check.</summary>
    public Func<LlamaConfig, IEnumerable<string>> Problems { get; init; } = _ => [];
}

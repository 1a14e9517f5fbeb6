using ThinkRec.Models.Llm;

namespace ThinkRec.Bench.Llm;

/// <summary>Shapes of the models that are measured; their weights are random.</summary>
internal static class Shapes
{
    /// <summary>Shapes by name.</summary>
    internal static readonly IReadOnlyDictionary<string, LlamaConfig> All = new Dictionary<string, LlamaConfig>
    {
        ["smollm2-135m"] = new()
        {
            VocabSize = 49152,
            HiddenSize = 576,
            IntermediateSize = 1536,
            NumHiddenLayers = 30,
            NumAttentionHeads = 9,
            NumKeyValueHeads = 3,
            RopeTheta = 100_000,
            RmsNormEps = 1e-5,
            MaxPositionEmbeddings = 2048,
            TieWordEmbeddings = true,
        },
        ["nano"] = new()
        {
            VocabSize = 4096,
            HiddenSize = 128,
            IntermediateSize = 344,
            NumHiddenLayers = 4,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 4,
            RmsNormEps = 1e-5,
            MaxPositionEmbeddings = 2048,
            TieWordEmbeddings = true,
        },
    };

    /// <summary>Finds a shape.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The shape.</returns>
    internal static LlamaConfig Of(string name) => All.TryGetValue(name, out LlamaConfig? shape) ? shape
        : throw new ArgumentException($"There is no shape '{name}'. Choose one of {string.Join(", ", All.Keys)}.");
}

using ThinkRec.Models.Llm;
using ThinkRec.Nn;

namespace ThinkRec.Bench.Training;

/// <summary>A model and what it is trained on; its weights are random.</summary>
/// <param name="Model">Its sizes.</param>
/// <param name="Batch">Rows of a step.</param>
/// <param name="Batches">Steps' worth of rows.</param>
/// <param name="LastLayers">Layers that an expert trains.</param>
internal sealed record Shape(LlamaConfig Model, int Batch, int Batches, int LastLayers)
{
    /// <summary>The adapters of the paper.</summary>
    internal static readonly LoraConfig Lora = new() { Rank = 8, Alpha = 16, Dropout = 0.05, TargetModules = ["q_proj", "v_proj"] };

    /// <summary>Shapes by name.</summary>
    internal static readonly IReadOnlyDictionary<string, Shape> All = new Dictionary<string, Shape>
    {
        ["smollm2-135m"] = new(
            new LlamaConfig
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
            Batch: 4, Batches: 2, LastLayers: 8),
        ["nano"] = new(
            new LlamaConfig
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
            Batch: 16, Batches: 4, LastLayers: 1),
    };

    /// <summary>Finds a shape.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The shape.</returns>
    internal static Shape Of(string name) => All.TryGetValue(name, out Shape? shape) ? shape
        : throw new ArgumentException($"There is no shape '{name}'. Choose one of {string.Join(", ", All.Keys)}.");
}

using ThinkRec.Models.Llm;

namespace ThinkRec.GpuCheck;

/// <summary>A model to measure and what it is given. theirs.py reads both from the files that <see cref="SpeedPass"/> writes.</summary>
/// <param name="Config">Shape of the model; its weights are random.</param>
/// <param name="Workload">Sizes of the batches.</param>
internal sealed record SpeedShape(LlamaConfig Config, Workload Workload)
{
    /// <summary>Shapes by name.</summary>
    internal static IReadOnlyDictionary<string, SpeedShape> All { get; } = new Dictionary<string, SpeedShape>
    {
        ["8b"] = new(
            new LlamaConfig
            {
                VocabSize = 128_256,
                HiddenSize = 4096,
                IntermediateSize = 14_336,
                NumHiddenLayers = 32,
                NumAttentionHeads = 32,
                NumKeyValueHeads = 8,
                RopeTheta = 500_000,
                RmsNormEps = 1e-5,
                MaxPositionEmbeddings = 8192,
            },
            new Workload { Prefill = [8, 512], Prompt = 512, NewTokens = 128, Train = [4, 512], Rank = 16, GemmSize = 8192 }),
        ["tiny"] = new(
            new LlamaConfig
            {
                VocabSize = 512,
                HiddenSize = 64,
                IntermediateSize = 176,
                NumHiddenLayers = 2,
                NumAttentionHeads = 4,
                NumKeyValueHeads = 2,
                MaxPositionEmbeddings = 256,
            },
            new Workload { Prefill = [2, 32], Prompt = 32, NewTokens = 8, Train = [2, 32], Rank = 4, GemmSize = 256 }),
    };
}

/// <summary>What a model is given while it is measured.</summary>
internal sealed record Workload
{
    /// <summary>Rows and tokens of each, read at once.</summary>
    public required int[] Prefill { get; init; }

    /// <summary>Tokens read before generating, one row.</summary>
    public required int Prompt { get; init; }

    /// <summary>Tokens generated after the first.</summary>
    public required int NewTokens { get; init; }

    /// <summary>Rows and tokens of each in a training step.</summary>
    public required int[] Train { get; init; }

    /// <summary>Rank of the adapters on all seven kinds of projections.</summary>
    public required int Rank { get; init; }

    /// <summary>Rows and columns of the product that shares of the machine are measured against.</summary>
    public required int GemmSize { get; init; }

    /// <summary>Timed repeats of everything.</summary>
    public int Steps { get; init; }
}

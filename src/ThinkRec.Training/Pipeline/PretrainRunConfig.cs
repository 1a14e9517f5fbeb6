using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Pipeline;

/// <summary>Everything about one training of a language model alone, as its YAML file says it. The keys are those of <c>llm.pretrain</c> that concern text.</summary>
public sealed record PretrainRunConfig : IValidated
{
    private static readonly PretrainOptions Defaults = new();

    /// <summary>Seed of everything random.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Seconds between checkpoints inside an epoch; 0 for one after every step.</summary>
    public int CheckpointSeconds { get; init; } = 60;

    /// <summary>Width of the residual stream.</summary>
    public int HiddenSize { get; init; } = Defaults.HiddenSize;

    /// <summary>Width inside the feed-forward block.</summary>
    public int IntermediateSize { get; init; } = Defaults.IntermediateSize;

    /// <summary>Layers.</summary>
    public int NumHiddenLayers { get; init; } = Defaults.NumHiddenLayers;

    /// <summary>Query heads.</summary>
    public int NumAttentionHeads { get; init; } = Defaults.NumAttentionHeads;

    /// <summary>Key and value heads.</summary>
    public int NumKeyValueHeads { get; init; } = Defaults.NumKeyValueHeads;

    /// <summary>Longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = Defaults.MaxPositionEmbeddings;

    /// <summary>Tokens of the vocabulary, at most.</summary>
    public int VocabularySize { get; init; } = Defaults.VocabularySize;

    /// <summary>Tokens of a training sequence.</summary>
    public int ChunkLength { get; init; } = Defaults.ChunkLength;

    /// <summary>Learning rate and length.</summary>
    public OptimizationOptions Language { get; init; } = Defaults.Language;

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        if (CheckpointSeconds < 0)
        {
            yield return $"checkpointSeconds is {CheckpointSeconds}, expected at least 0";
        }

        PretrainOptions options = Options();
        foreach (string problem in options.Problems().Concat(options.Model(VocabularySize).Problems()))
        {
            yield return problem;
        }
    }

    /// <summary>The same as options of the pipeline.</summary>
    /// <returns>The options; what does not concern text has its default.</returns>
    internal PretrainOptions Options() => new()
    {
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        NumHiddenLayers = NumHiddenLayers,
        NumAttentionHeads = NumAttentionHeads,
        NumKeyValueHeads = NumKeyValueHeads,
        MaxPositionEmbeddings = MaxPositionEmbeddings,
        VocabularySize = VocabularySize,
        ChunkLength = ChunkLength,
        Language = Language,
    };
}

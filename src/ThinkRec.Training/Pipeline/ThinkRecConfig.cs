using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Grouping;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Pipeline;

/// <summary>Everything about one training of ThinkRec, or of a method it is compared with, as its YAML file says it.</summary>
public sealed record ThinkRecConfig : IValidated
{
    /// <summary>Seed of everything random.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>The collaborative encoder.</summary>
    public EncoderSource Encoder { get; init; } = new();

    /// <summary>The language model: one from a folder, or one trained here from scratch.</summary>
    public LanguageModelSource Llm { get; init; } = new();

    /// <summary>Prompt templates and history.</summary>
    public PromptOptions Prompt { get; init; } = new();

    /// <summary>What a score is, in training and in serving.</summary>
    public ScoreRule Score { get; init; } = ScoreRule.YesMinusNo;

    /// <summary>Adapter settings, shared by all adapters.</summary>
    public LoraConfig Lora { get; init; } = new();

    /// <summary>Stage 1: the global adapter, on plain examples and (in ThinkRec) examples with a reason.</summary>
    public ThinkingOptions Thinking { get; init; } = new();

    /// <summary>Stage 2: the projector.</summary>
    public ProjectorOptions Projector { get; init; } = new();

    /// <summary>Stage 3: groups, experts, gate.</summary>
    public ExpertOptions Experts { get; init; } = new();

    /// <summary>At most so many validation rows after each epoch; whole users.</summary>
    public int ValidationRows { get; init; } = 2000;

    /// <summary>Seconds between checkpoints inside an epoch; 0 for one after every step.</summary>
    public int CheckpointSeconds { get; init; } = 60;

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        if (ValidationRows < 1)
        {
            yield return $"validationRows is {ValidationRows}, expected at least 1";
        }

        if (CheckpointSeconds < 0)
        {
            yield return $"checkpointSeconds is {CheckpointSeconds}, expected at least 0";
        }

        foreach (string problem in Prompt.Problems())
        {
            yield return $"prompt.{problem}";
        }

        foreach (string problem in Lora.Problems())
        {
            yield return $"lora.{problem}";
        }
    }
}

/// <summary>Where the collaborative encoder comes from.</summary>
public sealed record EncoderSource : IValidated
{
    /// <summary>A run whose <c>encoder</c> folder is used; null trains one here.</summary>
    public string? Run { get; init; }

    /// <summary>How to train one.</summary>
    public EncoderOptions Train { get; init; } = new();

    /// <summary>
    /// Folds of users: the vectors in training examples come from encoders that were not trained on the example's user. 0 takes those of the one encoder,
    /// which may have seen the answers. With <see cref="Run"/>, that run must have been trained with as many.
    /// </summary>
    public int Folds { get; init; }

    /// <inheritdoc/>
    public IEnumerable<string> Problems() => EncoderFolds.Problems(Folds);
}

/// <summary>Where the language model comes from.</summary>
public sealed record LanguageModelSource : IValidated
{
    /// <summary>A model folder; null trains a model here.</summary>
    public string? Path { get; init; }

    /// <summary>Type in which the model of <see cref="Path"/> is held and computed; its adapters are fp32 always, as is the last product, of Yes and No.</summary>
    public Precision Dtype { get; init; } = Precision.Fp32;

    /// <summary>Type of its output head, where that is not the embedding; null for <see cref="Dtype"/>.</summary>
    public Precision? HeadDtype { get; init; }

    /// <summary>Whether the projections of the model of <see cref="Path"/> are rounded to 8 bits as they are loaded: a quarter of fp32's memory.</summary>
    public Quantization Quantize { get; init; }

    /// <summary>How to train one from scratch.</summary>
    public PretrainOptions Pretrain { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        if (Path is { Length: 0 })
        {
            yield return "path is empty; name a model folder or leave it out";
        }

        if (Path is null && (Dtype != Precision.Fp32 || HeadDtype is not (null or Precision.Fp32)))
        {
            yield return "dtype and headDtype are those of the model in path; a model trained here is fp32, so leave them out or name a model folder in path";
        }

        if (Path is null && Quantize != Quantization.None)
        {
            yield return "quantize is for the model in path; a model trained here needs its weights whole, so leave it out";
        }
    }

    /// <summary>How the model of <see cref="Path"/> is loaded.</summary>
    internal LoadOptions Options => new() { DType = Dtype.DType(), HeadDType = HeadDtype?.DType(), Quantize = Quantize };
}

/// <summary>A small language model from scratch: text first, then the training histories themselves.</summary>
public sealed record PretrainOptions : IValidated
{
    /// <summary>Width of the residual stream.</summary>
    public int HiddenSize { get; init; } = 128;

    /// <summary>Width inside the feed-forward block.</summary>
    public int IntermediateSize { get; init; } = 344;

    /// <summary>Layers.</summary>
    public int NumHiddenLayers { get; init; } = 4;

    /// <summary>Query heads.</summary>
    public int NumAttentionHeads { get; init; } = 4;

    /// <summary>Key and value heads.</summary>
    public int NumKeyValueHeads { get; init; } = 4;

    /// <summary>Longest prompt.</summary>
    public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Tokens of the vocabulary.</summary>
    public int VocabularySize { get; init; } = 4096;

    /// <summary>More text: files of plain text or JSON lines, plain or gzipped. The dataset's item texts are always used.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>Tokens of a training sequence of text.</summary>
    public int ChunkLength { get; init; } = 128;

    /// <summary>Length of the training on text.</summary>
    public OptimizationOptions Language { get; init; } = new() { LearningRate = 2e-3, MinLearningRate = 1e-4, WarmupSteps = 50, MaxEpochs = 3 };

    /// <summary>Rows of a window over a training history, the target included.</summary>
    public int BehaviourWindow { get; init; } = 32;

    /// <summary>Length of the training on histories; every weight learns.</summary>
    public OptimizationOptions Behaviour { get; init; } = new() { LearningRate = 1e-3, MinLearningRate = 1e-4, WarmupSteps = 50, MaxEpochs = 10, Patience = 3 };

    /// <summary>Weights of the loss on histories.</summary>
    public ObjectiveOptions BehaviourObjective { get; init; } = new() { Theta = 0, Gamma = 0, History = 1, Prompt = 0.1 };

    /// <summary>Share of the steps on histories whose prompts carry collaborative vectors; a projector then learns with the model, and stage 2 begins with it.</summary>
    public double VectorShare { get; init; }

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        if (VectorShare is not (>= 0 and <= 1))
        {
            yield return $"vectorShare is {VectorShare}, expected 0 to 1";
        }

        foreach ((string key, int value, int least, int most) in new[]
        {
            ("vocabularySize", VocabularySize, 300, 1 << 20), ("chunkLength", ChunkLength, 8, 1 << 16), ("behaviourWindow", BehaviourWindow, 2, 1000),
        })
        {
            if (value < least || value > most)
            {
                yield return $"{key} is {value}, expected {least} to {most}";
            }
        }

        if (Language.SelectBy is not (null or Selection.CrossEntropy))
        {
            yield return $"language.selectBy is '{Language.SelectBy}', expected {Selection.CrossEntropy}: text has no answers that could be ranked";
        }

        if (ChunkLength - 1 > MaxPositionEmbeddings)
        {
            yield return $"chunkLength {ChunkLength} exceeds maxPositionEmbeddings {MaxPositionEmbeddings} by more than one: the model could not read a whole chunk";
        }
    }

    /// <summary>The shape of the model.</summary>
    /// <param name="vocabularySize">Tokens that the tokenizer came to.</param>
    /// <returns>The shape, not checked.</returns>
    internal LlamaConfig Model(int vocabularySize) => new()
    {
        VocabSize = vocabularySize,
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        NumHiddenLayers = NumHiddenLayers,
        NumAttentionHeads = NumAttentionHeads,
        NumKeyValueHeads = NumKeyValueHeads,
        MaxPositionEmbeddings = MaxPositionEmbeddings,
    };
}

/// <summary>Stage 1.</summary>
public sealed record ThinkingOptions : IValidated
{
    /// <summary>Whether examples with a reason take part; false is the paper's "without think".</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Probability that an example has a reason.</summary>
    public double Share { get; init; } = 0.2;

    /// <summary>Reasons to train on; null takes the dataset's reasons.jsonl, and where there is none the local teacher writes them.</summary>
    public string? Reasons { get; init; }

    /// <summary>Reasons that the local teacher writes.</summary>
    public int Count { get; init; } = 1000;

    /// <summary>Longest reason in tokens.</summary>
    public int MaxReasonTokens { get; init; } = 96;

    /// <summary>Weights of the loss.</summary>
    public ObjectiveOptions Objective { get; init; } = new();

    /// <summary>Learning rate and length.</summary>
    public OptimizationOptions Optimization { get; init; } = new() { LearningRate = 1e-3, MinLearningRate = 1e-4, WarmupSteps = 20, WeightDecay = 1e-3, MaxEpochs = 3, Patience = 2 };

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        if (Share is not (>= 0 and <= 1))
        {
            yield return $"share is {Share}, expected 0 to 1";
        }

        if (Count < 1 || MaxReasonTokens < 8)
        {
            yield return $"count is {Count} and maxReasonTokens {MaxReasonTokens}, expected at least 1 and 8";
        }
    }
}

/// <summary>Stage 2.</summary>
public sealed record ProjectorOptions
{
    /// <summary>Whether prompts carry collaborative vectors.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Its layers.</summary>
    public ProjectorShape Shape { get; init; } = ProjectorShape.Full;

    /// <summary>Learning rate and length.</summary>
    public OptimizationOptions Optimization { get; init; } = new() { LearningRate = 1e-3, MinLearningRate = 1e-4, WarmupSteps = 20, WeightDecay = 1e-3, MaxEpochs = 2, Patience = 1 };
}

/// <summary>Stage 3 and what serving does with its experts.</summary>
public sealed record ExpertOptions : IValidated
{
    /// <summary>Whether there are experts; false is the paper's "without experts".</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Number of user groups.</summary>
    public int Count { get; init; } = 2;

    /// <summary>A run whose <c>encoder</c> folder groups the users and steers the gate; null for the encoder whose vectors are in the prompts.</summary>
    public string? GroupBy { get; init; }

    /// <summary>How users are grouped.</summary>
    public ClusteringMethod Clustering { get; init; } = ClusteringMethod.Ward;

    /// <summary>Layers, from the last, in which each expert has weights of its own.</summary>
    public int LastLayers { get; init; } = 8;

    /// <summary>MiB of memory in which the states of training examples below these layers are kept for later epochs and other experts; 0 for none.</summary>
    public int CacheMiB { get; init; } = 1024;

    /// <summary>MiB of disk, in the run's folder and for the time of the training, for those that memory has no room for.</summary>
    public int CacheDiskMiB { get; init; }

    /// <summary>How experts are joined.</summary>
    public FusionRule Fusion { get; init; } = FusionRule.Exact;

    /// <summary>τ of the gate.</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>Learning rate and length.</summary>
    public OptimizationOptions Optimization { get; init; } = new() { LearningRate = 3e-4, MinLearningRate = 3e-5, WarmupSteps = 10, WeightDecay = 1e-3, MaxEpochs = 2, Patience = 1 };

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        if (Count is < 1 or > 64 || LastLayers < 1)
        {
            yield return $"count is {Count} and lastLayers {LastLayers}, expected 1 to 64 and at least 1";
        }

        if (CacheMiB < 0 || CacheDiskMiB < 0)
        {
            yield return $"cacheMiB is {CacheMiB} and cacheDiskMiB {CacheDiskMiB}, expected at least 0";
        }

        if (!(Temperature > 0))
        {
            yield return $"temperature is {Temperature}, expected more than 0";
        }
    }
}

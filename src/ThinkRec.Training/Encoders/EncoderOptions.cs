using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Which collaborative encoder is trained, and how.</summary>
public sealed record EncoderOptions : IValidated
{
    /// <summary>Which encoder.</summary>
    public EncoderMethod Method { get; init; } = EncoderMethod.Mf;

    /// <summary>Length of a vector.</summary>
    public int EmbeddingSize { get; init; } = 64;

    /// <summary>Standard deviation of fresh vectors; null for what suits the method: 0.1 of lightgcn as in its reference, else 0.02, where the references have 1.</summary>
    public double? InitDeviation { get; init; }

    /// <summary>mf, lightgcn: whether a user who was never trained gets a vector from the history; else the mean user's.</summary>
    public bool FoldIn { get; init; } = true;

    /// <summary>lightgcn, sasrec, gsasrec: what it is trained to do.</summary>
    public EncoderProtocol Protocol { get; init; }

    /// <summary>lightgcn: how often vectors are passed to the neighbours.</summary>
    public int NumLayers { get; init; } = 2;

    /// <summary>All but mf and lightgcn: so many of the last history items are read.</summary>
    public int MaxLength { get; init; } = 25;

    /// <summary>sasrec, gsasrec, sasrec-feedback: transformer blocks.</summary>
    public int NumBlocks { get; init; } = 2;

    /// <summary>sasrec, gsasrec, sasrec-feedback: attention heads; null for what suits the method: 1 of the first two as in their references, 4 of sasrec-feedback.</summary>
    public int? NumHeads { get; init; }

    /// <summary>All but mf and lightgcn: share of values zeroed while training.</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>sasrec, gsasrec, din: which history items are read; sasrec-feedback reads likes and dislikes.</summary>
    public HistoryKind History { get; init; } = HistoryKind.PositiveOnly;

    /// <summary>gsasrec: items drawn beside each like.</summary>
    public int Negatives { get; init; } = 16;

    /// <summary>gsasrec: how much of the overconfidence that few drawn items bring is taken back, 0 to 1.</summary>
    public double Calibration { get; init; } = 0.75;

    /// <summary>gsasrec on labels: what the loss of the next like among drawn items weighs beside that of the labels.</summary>
    public double NextItemWeight { get; init; } = 0.02;

    /// <summary>gsasrec: whether targets have vectors of their own.</summary>
    public bool OutputTable { get; init; }

    /// <summary>sasrec-feedback: share of items known by their words alone in a training step.</summary>
    public double ItemDropout { get; init; } = 0.3;

    /// <summary>sasrec-feedback: what ranking a user's likes above dislikes weighs beside the labels' binary cross-entropy.</summary>
    public double RankWeight { get; init; }

    /// <summary>How long and how fast it trains; null for what suits the method. A key left out here has the general default, not the method's.</summary>
    public OptimizationOptions? Optimization { get; init; }

    /// <summary>Sizes of matrix factorisation.</summary>
    /// <returns>The sizes.</returns>
    public MatrixFactorizationConfig MatrixFactorization() => new() { EmbeddingSize = EmbeddingSize, InitDeviation = InitDeviation ?? 0.02, FoldIn = FoldIn };

    /// <summary>Sizes of the graph model.</summary>
    /// <returns>The sizes.</returns>
    public LightGcnConfig LightGcn() => new() { EmbeddingSize = EmbeddingSize, NumLayers = NumLayers, InitDeviation = InitDeviation ?? 0.1 };

    /// <summary>Sizes of the sequence model.</summary>
    /// <returns>The sizes.</returns>
    public SasRecConfig SasRec() => new()
    {
        EmbeddingSize = EmbeddingSize,
        InitDeviation = InitDeviation ?? 0.02,
        MaxLength = MaxLength,
        NumBlocks = NumBlocks,
        NumHeads = NumHeads ?? 1,
        Dropout = Dropout,
        History = History,
        OutputTable = Method == EncoderMethod.Gsasrec && OutputTable,
    };

    /// <summary>What the sequence model is trained to do.</summary>
    /// <returns>The objective.</returns>
    public SasRecObjective Objective() => (Method, Protocol) switch
    {
        (EncoderMethod.Gsasrec, EncoderProtocol.Native) => new(Labels: 0, NextItem: 1, Negatives, Calibration),
        (EncoderMethod.Gsasrec, _) => new(Labels: 1, NextItemWeight, Negatives, Calibration),
        (_, EncoderProtocol.Native) => new(Labels: 0, NextItem: 1),
        _ => new(Labels: 1, NextItem: 0),
    };

    /// <summary>Sizes of the interest network.</summary>
    /// <returns>The sizes.</returns>
    public DinConfig Din() => new() { EmbeddingSize = EmbeddingSize, MaxLength = MaxLength, Dropout = Dropout, InitDeviation = InitDeviation ?? 0.02, History = History };

    /// <summary>Sizes of the sequence model that reads both kinds of feedback.</summary>
    /// <returns>The sizes.</returns>
    public FeedbackSasRecConfig FeedbackSasRec() => new()
    {
        EmbeddingSize = EmbeddingSize,
        InitDeviation = InitDeviation ?? 0.02,
        MaxLength = MaxLength,
        NumBlocks = NumBlocks,
        NumHeads = NumHeads ?? 4,
        Dropout = Dropout,
        ItemDropout = ItemDropout,
    };

    /// <summary>What is given, or what suits the method.</summary>
    /// <param name="trainRows">Training rows, where they are known: a step of lightgcn passes over the whole graph, so an epoch has only eight.</param>
    /// <returns>How long and how fast it trains.</returns>
    public OptimizationOptions ResolvedOptimization(int trainRows = 0) => Optimization ?? Method switch
    {
        EncoderMethod.Mf => new() { LearningRate = 5e-3, WeightDecay = 1e-4, Decoupled = false, BatchSize = 1024, MaxEpochs = 100, Patience = 10, ClipNorm = 0 },
        EncoderMethod.Lightgcn => new()
        {
            LearningRate = 1e-2,
            WeightDecay = 1e-4,
            Decoupled = false,
            BatchSize = Math.Max(1024, trainRows / 8),
            MaxEpochs = 100,
            Patience = 10,
            ClipNorm = 0,
        },
        EncoderMethod.Sasrec or EncoderMethod.Gsasrec => new() { LearningRate = 5e-3, WeightDecay = 1e-4, Decoupled = false, BatchSize = 32, MaxEpochs = 20, Patience = 3, ClipNorm = 0 },
        EncoderMethod.Din => new() { LearningRate = 1e-3, WeightDecay = 1e-5, Decoupled = false, BatchSize = 1024, MaxEpochs = 50, Patience = 5, ClipNorm = 0 },
        _ => new() { LearningRate = 3e-3, MinLearningRate = 3e-4, WarmupSteps = 20, WeightDecay = 1e-2, BatchSize = 32, MaxEpochs = 15, Patience = 4 },
    };

    /// <inheritdoc/>
    public IEnumerable<string> Problems() => Optimization is { Accumulate: > 1 } or { Recompute: true }
        ? SizeProblems().Append("optimization.accumulate and optimization.recompute are for language models; leave them out for an encoder")
        : SizeProblems();

    private IEnumerable<string> SizeProblems() => Method switch
    {
        EncoderMethod.Mf => MatrixFactorization().Problems(),
        EncoderMethod.Lightgcn => LightGcn().Problems(),
        EncoderMethod.Sasrec => SasRec().Problems(),
        EncoderMethod.Gsasrec => SasRec().Problems().Concat(Objective().Problems()),
        EncoderMethod.Din => Din().Problems(),
        _ => RankWeight >= 0 && double.IsFinite(RankWeight) ? FeedbackSasRec().Problems() : FeedbackSasRec().Problems().Append($"rankWeight is {RankWeight}, expected 0 or more"),
    };
}

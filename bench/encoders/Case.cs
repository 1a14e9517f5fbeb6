using System.Text.Json;
using ThinkRec.Models.Collaborative;
using ThinkRec.Training.Encoders;

namespace ThinkRec.Bench.Encoders;

/// <summary>What both sides train, from cases.json.</summary>
internal sealed record Case
{
    private static readonly JsonSerializerOptions Reading = new() { PropertyNameCaseInsensitive = true };

    public required int EmbeddingSize { get; init; }

    public required double InitDeviation { get; init; }

    public required double LearningRate { get; init; }

    public required double WeightDecay { get; init; }

    /// <summary>How many of <see cref="OurBatchOf"/> a step of our side takes.</summary>
    public required int OurBatch { get; init; }

    /// <summary>What our batch counts; a window of a history has as many rows as it has places, or more.</summary>
    public string OurBatchOf { get; init; } = "rows";

    /// <summary>Rows that a step of their side takes.</summary>
    public required int TheirBatch { get; init; }

    /// <summary>Epochs timed on our side; theirs has fewer, being slower.</summary>
    public required int OurEpochs { get; init; }

    /// <summary>Most epochs of the training that shows what the speed is worth.</summary>
    public required int QualityEpochs { get; init; }

    public required int Patience { get; init; }

    /// <summary>The learning rate on our side, where a larger batch asks for another one.</summary>
    public double? OurLearningRate { get; init; }

    /// <summary>Reads all cases.</summary>
    /// <returns>By method.</returns>
    internal static Dictionary<string, Case> All() =>
        JsonSerializer.Deserialize<Dictionary<string, Case>>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "cases.json")), Reading)!;

    /// <summary>The case as options of our trainer.</summary>
    /// <param name="method">Name of the method.</param>
    /// <param name="epochs">Most epochs.</param>
    /// <param name="patience">Epochs without a better validation.</param>
    /// <returns>The options.</returns>
    internal EncoderOptions Options(string method, int epochs, int patience) => new()
    {
        Method = Enum.Parse<EncoderMethod>(method, ignoreCase: true),
        EmbeddingSize = EmbeddingSize,
        InitDeviation = InitDeviation,
        Optimization = new()
        {
            LearningRate = OurLearningRate ?? LearningRate,
            WeightDecay = WeightDecay,
            Decoupled = false,
            BatchSize = OurBatch,
            MaxEpochs = epochs,
            Patience = patience,
            ClipNorm = 0,
        },
    };
}

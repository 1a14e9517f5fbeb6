using ThinkRec.Nn;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Loop;

/// <summary>How long and how fast a stage trains.</summary>
public sealed record OptimizationOptions : IValidated
{
    /// <summary>Learning rate after the warm-up.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Learning rate at the end of the cosine; null keeps the rate constant.</summary>
    public double? MinLearningRate { get; init; }

    /// <summary>Whether <see cref="MinLearningRate"/> is meant to exceed <see cref="LearningRate"/>: the rate then rises along the cosine, as in the paper's third stage.</summary>
    public bool Rising { get; init; }

    /// <summary>Steps of linear warm-up, from a tenth of the rate.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>Weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Rows per step.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Parts of a step's rows that go through a language model one after the other: the same step in less memory. Encoders take 1 only.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Whether backward computes a language model's layers again rather than keeping what is inside them: less memory, about two fifths more time. Not for encoders.</summary>
    public bool Recompute { get; init; }

    /// <summary>Steps per epoch; 0 for one pass over the data.</summary>
    public int StepsPerEpoch { get; init; }

    /// <summary>At most so many epochs.</summary>
    public int MaxEpochs { get; init; } = 10;

    /// <summary>Stops after so many epochs without a better validation.</summary>
    public int Patience { get; init; } = 5;

    /// <summary>
    /// What the best epoch is chosen by, and what patience waits for: <c>auc</c>, <c>uauc</c>, <c>ndcg@5</c>, <c>map@5</c>, <c>crossEntropy</c>, or <c>paper</c>, which
    /// chooses by AUC / 4 + UAUC / 3 and waits for it, for AUC and for UAUC. Null for what suits the stage. Where the validation rows do not define it, the last epoch is kept.
    /// </summary>
    public string? SelectBy { get; init; }

    /// <summary>Limit of the gradients' norm; 0 for none.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Decay of the mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>True for AdamW; false for Adam with the decay in the gradient.</summary>
    public bool Decoupled { get; init; } = true;

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        foreach ((string key, double value) in new[] { ("learningRate", LearningRate), ("minLearningRate", MinLearningRate ?? LearningRate) })
        {
            if (!(value > 0) || !double.IsFinite(value))
            {
                yield return $"{key} is {value}, expected more than 0";
            }
        }

        if (MinLearningRate > LearningRate && !Rising)
        {
            yield return $"minLearningRate {MinLearningRate} exceeds learningRate {LearningRate}: the rate would rise during training; set rising to true if that is meant";
        }

        if (Rising && !(MinLearningRate > LearningRate))
        {
            yield return $"rising is true, but minLearningRate {MinLearningRate} does not exceed learningRate {LearningRate}";
        }

        foreach ((string key, int value, int least) in new[]
        {
            ("batchSize", BatchSize, 1), ("accumulate", Accumulate, 1), ("maxEpochs", MaxEpochs, 1), ("patience", Patience, 1), ("stepsPerEpoch", StepsPerEpoch, 0), ("warmupSteps", WarmupSteps, 0),
        })
        {
            if (value < least)
            {
                yield return $"{key} is {value}, expected at least {least}";
            }
        }

        if (SelectBy is not null && !Selection.Names.Contains(SelectBy))
        {
            yield return $"selectBy is '{SelectBy}', expected one of: {string.Join(", ", Selection.Names)}";
        }

        if (Accumulate > BatchSize)
        {
            yield return $"accumulate {Accumulate} exceeds batchSize {BatchSize}: a part would have no row";
        }

        if (!(WeightDecay >= 0) || !(ClipNorm >= 0) || Beta2 is not (> 0 and < 1))
        {
            yield return $"weightDecay {WeightDecay}, clipNorm {ClipNorm} and beta2 {Beta2} must be at least 0, at least 0 and between 0 and 1";
        }
    }

    /// <summary>The limit of the gradients' norm as <see cref="GradientClipping"/> takes it: infinity where <see cref="ClipNorm"/> is 0, for none.</summary>
    /// <returns>More than 0.</returns>
    internal double MaxGradientNorm() => ClipNorm == 0 ? double.PositiveInfinity : ClipNorm;

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">Steps done before it.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    /// <returns>The rate.</returns>
    internal double RateAt(int step, int stepsPerEpoch) => new LinearWarmupCosineSchedule(
        LearningRate, MinLearningRate ?? LearningRate, LearningRate / 10, WarmupSteps, Math.Max(1, MaxEpochs * stepsPerEpoch)).At(step);
}

namespace ThinkRec.Training.Loop;

/// <summary>Where a training stands; with weights and optimizer state it is all that a checkpoint needs, since data order and dropout follow from seed and step.</summary>
public sealed record TrainerState
{
    /// <summary>Steps done.</summary>
    public int Step { get; init; }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; init; }

    /// <summary>Best selected validation value so far.</summary>
    public double Best { get; init; } = double.NegativeInfinity;

    /// <summary>Epoch of the best value, from 1; 0 for the start, or for none.</summary>
    public int BestEpoch { get; init; }

    /// <summary>Validation metrics at the best epoch.</summary>
    public IReadOnlyDictionary<string, double> BestMetrics { get; init; } = new Dictionary<string, double>();

    /// <summary>Running bests of what patience also waits for, by name.</summary>
    public IReadOnlyDictionary<string, double> OtherBests { get; init; } = new Dictionary<string, double>();

    /// <summary>Epochs since one was better in anything that patience waits for.</summary>
    public int EpochsWithoutBetter { get; init; }

    /// <summary>Loss of the first step; null before it.</summary>
    public double? FirstLoss { get; init; }

    /// <summary>Whether the training has ended.</summary>
    public bool Finished { get; init; }
}

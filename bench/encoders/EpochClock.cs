using System.Diagnostics;
using ThinkRec.Training.Loop;

namespace ThinkRec.Bench.Encoders;

/// <summary>Notes how long each epoch took, its validation included where there is one.</summary>
internal sealed class EpochClock : ITrainingWatcher
{
    private long _start = Stopwatch.GetTimestamp();

    /// <summary>Seconds and validation AUC (0 without validation) of each epoch.</summary>
    internal List<(double Seconds, double Auc)> Epochs { get; } = [];

    /// <inheritdoc/>
    public void Step(TrainingRecord record)
    {
    }

    /// <inheritdoc/>
    public void Epoch(TrainingRecord record)
    {
        Epochs.Add((Stopwatch.GetElapsedTime(_start).TotalSeconds, record.Values.GetValueOrDefault("auc")));
        _start = Stopwatch.GetTimestamp();
    }
}

using System.Diagnostics;
using ThinkRec.Training.Loop;

namespace ThinkRec.Bench.Encoders;

/// <summary>Notes how long each epoch took, its validation included where there is one.</summary>
internal sealed class EpochClock : ITrainingWatcher
{
    private long _start = Stopwatch.GetTimestamp();
    private TimeSpan _worked = Environment.CpuUsage.TotalTime;

    /// <summary>Seconds, those that processors worked, and validation AUC (0 without validation) of each epoch.</summary>
    internal List<(double Seconds, double Worked, double Auc)> Epochs { get; } = [];

    /// <inheritdoc/>
    public void Step(TrainingRecord record)
    {
    }

    /// <inheritdoc/>
    public void Epoch(TrainingRecord record)
    {
        TimeSpan worked = Environment.CpuUsage.TotalTime;
        Epochs.Add((Stopwatch.GetElapsedTime(_start).TotalSeconds, (worked - _worked).TotalSeconds, record.Values.GetValueOrDefault("auc")));
        (_start, _worked) = (Stopwatch.GetTimestamp(), worked);
    }
}

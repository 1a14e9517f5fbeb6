using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>Cancels a training at a step of one's choice.</summary>
internal sealed class Stop(Func<TrainingRecord, bool> when, CancellationTokenSource cancel) : ITrainingWatcher
{
    public void Step(TrainingRecord record)
    {
        if (when(record))
        {
            cancel.Cancel();
        }
    }

    public void Epoch(TrainingRecord record)
    {
    }
}

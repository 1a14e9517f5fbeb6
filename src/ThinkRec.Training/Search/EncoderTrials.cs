using ThinkRec.Data;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Search;

/// <summary>Trials that each train one collaborative encoder.</summary>
/// <param name="dataset">The dataset.</param>
/// <param name="method">The encoder's method, the same for all trials.</param>
public sealed class EncoderTrials(Dataset dataset, string method) : TrialTraining<EncoderRunConfig>
{
    internal override string Method => method;

    internal override StageResult Train(RunDirectory run, SearchTrial<EncoderRunConfig> trial, int? untilEpoch, CancellationToken cancellation)
    {
        bool wasDone = run.Result("encoder") is not null && run.Result("rung-0") is not null; // its time was counted at an earlier rung
        StageResult reached = EncoderRun.Train(run, dataset, trial.Config, cancellation, untilEpoch);
        return wasDone ? reached with { Seconds = 0 } : reached;
    }
}

using System.Diagnostics;
using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Search;

/// <summary>
/// Trials that each train ThinkRec, or its stages up to one. A whole trial is measured as it will serve, with projector and experts, and all trials on the same
/// validation rows; one that ends with a stage has that stage's figures. What does not depend on the searched keys is trained once.
/// </summary>
/// <param name="dataset">The dataset.</param>
/// <param name="datasetFolder">Its folder, where a reasons.jsonl may lie.</param>
/// <param name="lastStage">The stage that trials end with, thinking or projector; null or experts for all.</param>
/// <param name="device">Where language models are trained.</param>
public sealed class ThinkRecTrials(Dataset dataset, string datasetFolder, string? lastStage, Device device) : TrialTraining<ThinkRecConfig>
{
    private const string Thinking = "thinking";
    private const string Projector = "projector";
    private const string Experts = "experts";
    private const string Validation = "validation";
    private static readonly string[] DecidingRows = ["seed", "validationRows"];
    private ThinkRecConfig? _settings;

    internal override string Method => Methods.ThinkRec;

    internal override string? LastStage => lastStage == Experts ? null : lastStage;

    internal override void Require(SearchPlan<ThinkRecConfig> plan)
    {
        _settings = plan.Settings;
        var problems = new List<string>();
        if (LastStage is not (null or Thinking or Projector))
        {
            problems.Add($"--stage {LastStage} has nothing that trials could be told apart by: search with --stage {Thinking}, {Projector} or {Experts}, and an encoder by `thinkrec train METHOD --search`");
        }

        if (plan.Grid.Halving is not null && LastStage is null)
        {
            problems.Add($"halving counts the epochs of one stage: end the trials with --stage {Thinking} or {Projector}, or leave it out");
        }

        if (LastStage == Projector && plan.Trials.Any(trial => !trial.Config.Projector.Enabled))
        {
            problems.Add($"projector.enabled is false in some trial, so that there is no stage {Projector} to compare");
        }

        foreach (string key in plan.Grid.Grid.Select(entry => entry.Key).Where(key => key == DecidingRows[1] || (LastStage is not null && DecidingRows.Contains(key))))
        {
            problems.Add($"{key} decides which validation rows a stage is measured on, so that trials with different ones cannot be compared; take it out of the grid");
        }

        Problems.Throw("The search", problems);
    }

    internal override void TakeOver(RunDirectory run, SearchTrial<ThinkRecConfig> trial, IEnumerable<(string Folder, SearchTrial<ThinkRecConfig> Trial)> others) =>
        SharedStages.TakeOver(run, trial.Config, [.. others.Select(other => (other.Folder, other.Trial.Config))]);

    internal override StageResult Train(RunDirectory run, SearchTrial<ThinkRecConfig> trial, int? untilEpoch, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        ThinkRecConfig config = trial.Config;
        var runner = new StageRunner(run, config.Seed, TimeSpan.FromSeconds(config.CheckpointSeconds), cancellation)
        {
            Device = device,
            Pause = untilEpoch is int epochs ? (LastStage!, epochs) : null,
        };
        new ThinkRecTraining(config, dataset, datasetFolder, runner).Run(LastStage);
        if (LastStage is null)
        {
            runner.Once(Validation, () => Measure(run, config));
        }

        StageResult reached = runner.Paused ?? run.Result(LastStage ?? Validation)!;
        return reached with { Seconds = Math.Round(watch.Elapsed.TotalSeconds, 1) };
    }

    private IReadOnlyDictionary<string, double> Measure(RunDirectory run, ThinkRecConfig config)
    {
        using ReasoningModel model = ThinkRecRun.Load(run, dataset, config, device: device);
        return new ValidationSet(dataset, config.Prompt, _settings!.ValidationRows, _settings.Seed).Measure(model);
    }
}

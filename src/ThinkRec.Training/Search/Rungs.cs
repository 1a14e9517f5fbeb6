using System.Diagnostics;
using System.Globalization;
using ThinkRec.Files;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Search;

/// <summary>The trials of one search, from rung to rung.</summary>
internal sealed class Rungs<TConfig>(
    string folder, SearchPlan<TConfig> plan, TrialTraining<TConfig> training, TrainingData data, Func<SearchTrial, ITrainingWatcher?> watcherOf, CancellationToken cancellation)
    where TConfig : class
{
    private readonly SortedDictionary<int, TrialResult> _results = [];

    internal SearchResult Run()
    {
        List<SearchTrial<TConfig>> survivors = [.. plan.Trials];
        for (int rung = 0; ; rung++)
        {
            bool isLast = plan.Grid.Halving is null || survivors.Count == 1;
            survivors.ForEach(trial => Advance(trial, rung, isLast ? null : EpochsOf(rung)));
            survivors = [.. Ranked(survivors.Select(trial => _results[trial.Number])).Where(result => Figure(result) is not null).Select(result => plan.Trials[result.Trial - 1])];
            if (survivors.Count == 0)
            {
                throw new TrainingException($"Every trial diverged: not one of {plan.Trials.Count} has a validation figure. Search lower learning rates.");
            }

            if (isLast)
            {
                break;
            }

            survivors = [.. survivors.Take(Kept(plan.Grid.Halving!.Keep, survivors.Count)).OrderBy(trial => trial.Number)];
        }

        WriteTable();
        ConfigurationFile.Write(Path.Combine(folder, SettingsSearch.BestFile), survivors[0].Config);
        return new SearchResult(_results[survivors[0].Number], [.. Ranked(_results.Values)]);
    }

    /// <summary>How many go on; the small number makes up for shares that binary fractions fall short of.</summary>
    private static int Kept(double share, int trials) => Math.Clamp((int)((share * trials) + 1e-9), 1, trials);

    private int EpochsOf(int rung) => (int)Math.Min(int.MaxValue, plan.Grid.Halving!.FirstEpochs * Math.Pow(2, rung));

    private double? Figure(TrialResult result) => result.Figure(plan.Grid.Metric);

    private IEnumerable<TrialResult> Ranked(IEnumerable<TrialResult> results) =>
        results.OrderByDescending(result => Figure(result) ?? double.NegativeInfinity).ThenBy(result => result.Trial);

    /// <summary>Trains a trial to a rung, or to its end. What it reached there is kept beside its stages, so that a search that is resumed decides as before.</summary>
    private void Advance(SearchTrial<TConfig> trial, int rung, int? untilEpoch)
    {
        cancellation.ThrowIfCancellationRequested();
        RunDirectory run = Open(trial);
        StageResult? known = run.Result($"rung-{rung}");
        StageResult reached = known ?? Train(run, trial, untilEpoch) with { Stage = $"rung-{rung}" };
        double seconds = Math.Round(reached.Seconds + (_results.TryGetValue(trial.Number, out TrialResult? before) ? before.Seconds : 0), 1);
        double? Metric(string name) => reached.Metrics.TryGetValue(name, out double value) ? value : null;
        _results[trial.Number] = new TrialResult(trial.Number, trial.Values, reached.BestEpoch, reached.Epochs, seconds, Metric("auc"), Metric("uauc"), rung);
        if (known is null)
        {
            run.Complete(reached);
            WriteTable();
        }
    }

    private RunDirectory Open(SearchTrial<TConfig> trial)
    {
        string target = FolderOf(trial);
        if (Directory.Exists(target) && !File.Exists(Path.Combine(target, RunDirectory.CardFile)))
        {
            // Stopped while the folder was being made: nothing has been trained in it.
            Directory.Delete(target, recursive: true);
        }

        return RunDirectory.Start(target, training.Method, data, trial.Config, resume: true, watcherOf(trial));
    }

    private string FolderOf(SearchTrial trial) => Path.Combine(folder, "trials", trial.Name);

    private StageResult Train(RunDirectory run, SearchTrial<TConfig> trial, int? untilEpoch)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            training.TakeOver(run, trial, plan.Trials.Where(other => other.Number != trial.Number).Select(other => (FolderOf(other), other)));
            return training.Train(run, trial, untilEpoch, cancellation);
        }
        catch (TrainingException)
        {
            // A rate too high is an answer that a search may get; the trial has no figures then and cannot be the best.
            return new StageResult("", 0, 0, Math.Round(watch.Elapsed.TotalSeconds, 1), new Dictionary<string, double>());
        }
    }

    private void WriteTable()
    {
        static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
        string[][] lines =
        [
            ["trial", .. plan.Grid.Grid.Select(entry => entry.Key), "best_epoch", "epochs", "seconds", "auc", "uauc", "rung"],
            .. _results.Values.Select(r => (string[])[$"{r.Trial}", .. r.Values, $"{r.BestEpoch}", $"{r.Epochs}", Number(r.Seconds), Number(r.Auc), Number(r.Uauc), $"{r.Rung}"]),
        ];
        AtomicFile.WriteLines(Path.Combine(folder, SettingsSearch.TrialsFile), lines.Select(line => string.Join('\t', line)));
    }
}

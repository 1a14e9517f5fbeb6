using System.Diagnostics;
using System.Globalization;
using ThinkRec.Data;
using ThinkRec.Files;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Search;

/// <summary>How a trial went.</summary>
/// <param name="Trial">Its number.</param>
/// <param name="Values">Values of the searched keys, as the grid has them.</param>
/// <param name="BestEpoch">Epoch of the figures, from 1; 0 when the training diverged.</param>
/// <param name="Epochs">Epochs trained.</param>
/// <param name="Seconds">Time spent on it, without what an interruption lost.</param>
/// <param name="Auc">On validation rows at the best epoch; null when the training diverged.</param>
/// <param name="Uauc">Likewise; null also when no user has both labels.</param>
/// <param name="Rung">The last rung it took part in, from 0.</param>
public sealed record TrialResult(int Trial, IReadOnlyList<string> Values, int BestEpoch, int Epochs, double Seconds, double? Auc, double? Uauc, int Rung)
{
    /// <summary>The figure that trials are compared by.</summary>
    /// <param name="metric">Which.</param>
    /// <returns>The figure; null when there is none.</returns>
    public double? Figure(SearchMetric metric) => metric == SearchMetric.Auc ? Auc : Uauc;
}

/// <summary>What a search found.</summary>
/// <param name="Best">The trial whose settings are in <see cref="EncoderSearch.BestFile"/>.</param>
/// <param name="Trials">All trials, best figure first; equal ones by number.</param>
public sealed record SearchResult(TrialResult Best, IReadOnlyList<TrialResult> Trials);

/// <summary>Trains an encoder with every combination of a grid and chooses by validation rows; the labels of test rows take no part.</summary>
public sealed class EncoderSearch
{
    /// <summary>Name of the file with the best trial's settings.</summary>
    public const string BestFile = "best.yaml";

    /// <summary>Name of the table of trials.</summary>
    public const string TrialsFile = "trials.tsv";

    private readonly SearchPlan _plan;
    private readonly Dataset _dataset;
    private readonly TrainingData _data;
    private readonly string _folder;
    private readonly Func<SearchTrial, ITrainingWatcher?> _watcherOf;
    private readonly CancellationToken _cancellation;
    private readonly SortedDictionary<int, TrialResult> _results = [];

    private EncoderSearch(
        string folder, SearchPlan plan, Dataset dataset, TrainingData data, Func<SearchTrial, ITrainingWatcher?> watcherOf, CancellationToken cancellation) =>
        (_folder, _plan, _dataset, _data, _watcherOf, _cancellation) = (folder, plan, dataset, data, watcherOf, cancellation);

    /// <summary>Makes a search, or goes on with one.</summary>
    /// <param name="folder">Target; new, empty, or with <paramref name="resume"/> the same search.</param>
    /// <param name="plan">The trials.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="resume">Whether an existing search may be gone on with.</param>
    /// <param name="watcherOf">Who is told of a trial's steps and epochs.</param>
    /// <param name="cancellation">Stops after a step; a checkpoint is kept.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="TrainingException">The dataset's validation rows cannot tell trials apart, or every trial diverged.</exception>
    /// <exception cref="ConfigurationException">The folder holds something else.</exception>
    public static SearchResult Run(
        string folder, SearchPlan plan, Dataset dataset, bool resume, Func<SearchTrial, ITrainingWatcher?> watcherOf, CancellationToken cancellation)
    {
        RequireRows(dataset, plan.Grid.Metric);
        var data = TrainingData.Of(dataset);
        RunDirectory.Start(folder, Methods.Search, data, new Card { Search = plan.Grid, Settings = plan.Settings }, resume, null);
        return new EncoderSearch(folder, plan, dataset, data, watcherOf, cancellation).Run();
    }

    private static void RequireRows(Dataset dataset, SearchMetric metric)
    {
        if (dataset.RowsOf(Split.Train).Length == 0)
        {
            throw new TrainingException($"Dataset '{dataset.Name}' has no row in its train split, so no encoder can be trained. Prepare it with other windows.");
        }

        Interaction[] rows = [.. dataset.RowsOf(Split.Valid).Select(row => dataset.Interactions[row])];
        bool isEnough = rows.GroupBy(row => metric == SearchMetric.Uauc ? row.User : 0).Any(group => group.Any(row => row.Label) && group.Any(row => !row.Label));
        if (!isEnough)
        {
            string needed = metric == SearchMetric.Uauc ? "no user with both likes and dislikes" : "not both likes and dislikes";
            throw new TrainingException($"Dataset '{dataset.Name}' has {needed} in its valid split, so no trial can be told from another. Prepare it with other windows.");
        }
    }

    private SearchResult Run()
    {
        List<SearchTrial> survivors = [.. _plan.Trials];
        for (int rung = 0; ; rung++)
        {
            bool isLast = _plan.Grid.Halving is null || survivors.Count == 1;
            survivors.ForEach(trial => Advance(trial, rung, isLast ? null : EpochsOf(rung)));
            survivors = [.. Ranked(survivors.Select(trial => _results[trial.Number])).Where(result => Figure(result) is not null).Select(result => _plan.Trials[result.Trial - 1])];
            if (survivors.Count == 0)
            {
                throw new TrainingException($"Every trial diverged: not one of {_plan.Trials.Count} has a validation figure. Search lower values of encoder.optimization.learningRate.");
            }

            if (isLast)
            {
                break;
            }

            survivors = [.. survivors.Take(Kept(_plan.Grid.Halving!.Keep, survivors.Count)).OrderBy(trial => trial.Number)];
        }

        WriteTable();
        ConfigurationFile.Write(Path.Combine(_folder, BestFile), survivors[0].Config);
        return new SearchResult(_results[survivors[0].Number], [.. Ranked(_results.Values)]);
    }

    /// <summary>How many go on; the small number makes up for shares that binary fractions fall short of.</summary>
    private static int Kept(double share, int trials) => Math.Clamp((int)((share * trials) + 1e-9), 1, trials);

    private int EpochsOf(int rung) => (int)Math.Min(int.MaxValue, _plan.Grid.Halving!.FirstEpochs * Math.Pow(2, rung));

    private double? Figure(TrialResult result) => result.Figure(_plan.Grid.Metric);

    private IEnumerable<TrialResult> Ranked(IEnumerable<TrialResult> results) =>
        results.OrderByDescending(result => Figure(result) ?? double.NegativeInfinity).ThenBy(result => result.Trial);

    /// <summary>Trains a trial to a rung, or to its end. What it reached there is kept beside its stages, so that a search that is resumed decides as before.</summary>
    private void Advance(SearchTrial trial, int rung, int? untilEpoch)
    {
        _cancellation.ThrowIfCancellationRequested();
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

    private RunDirectory Open(SearchTrial trial)
    {
        string folder = Path.Combine(_folder, "trials", trial.Name);
        if (Directory.Exists(folder) && !File.Exists(Path.Combine(folder, RunDirectory.CardFile)))
        {
            // Stopped while the folder was being made: nothing has been trained in it.
            Directory.Delete(folder, recursive: true);
        }

        return RunDirectory.Start(folder, _plan.Method, _data, trial.Config, resume: true, _watcherOf(trial));
    }

    private StageResult Train(RunDirectory run, SearchTrial trial, int? untilEpoch)
    {
        bool wasDone = run.Result("encoder") is not null;
        var watch = Stopwatch.StartNew();
        try
        {
            StageResult reached = EncoderRun.Train(run, _dataset, trial.Config, _cancellation, untilEpoch);
            return wasDone && _results.ContainsKey(trial.Number) ? reached with { Seconds = 0 } : reached;
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
            ["trial", .. _plan.Grid.Grid.Select(entry => entry.Key), "best_epoch", "epochs", "seconds", "auc", "uauc", "rung"],
            .. _results.Values.Select(r => (string[])[$"{r.Trial}", .. r.Values, $"{r.BestEpoch}", $"{r.Epochs}", Number(r.Seconds), Number(r.Auc), Number(r.Uauc), $"{r.Rung}"]),
        ];
        AtomicFile.WriteLines(Path.Combine(_folder, TrialsFile), lines.Select(line => string.Join('\t', line)));
    }

    /// <summary>What makes a search this one and no other.</summary>
    private sealed record Card
    {
        public required SearchGrid Search { get; init; }

        public required EncoderRunConfig Settings { get; init; }
    }
}

using ThinkRec.Data;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;
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
/// <param name="Best">The trial whose settings are in <see cref="SettingsSearch.BestFile"/>.</param>
/// <param name="Trials">All trials, best figure first; equal ones by number.</param>
public sealed record SearchResult(TrialResult Best, IReadOnlyList<TrialResult> Trials);

/// <summary>Trains with every combination of a grid and chooses by validation rows; the labels of test rows take no part.</summary>
public static class SettingsSearch
{
    /// <summary>Name of the file with the best trial's settings.</summary>
    public const string BestFile = "best.yaml";

    /// <summary>Name of the table of trials.</summary>
    public const string TrialsFile = "trials.tsv";

    /// <summary>Makes a search, or goes on with one.</summary>
    /// <typeparam name="TConfig">Settings of a run.</typeparam>
    /// <param name="folder">Target; new, empty, or with <paramref name="resume"/> the same search.</param>
    /// <param name="plan">The trials.</param>
    /// <param name="training">How a trial is trained.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="resume">Whether an existing search may be gone on with.</param>
    /// <param name="watcherOf">Who is told of a trial's steps and epochs.</param>
    /// <param name="cancellation">Stops after a step; a checkpoint is kept.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="TrainingException">The dataset's validation rows cannot tell trials apart, or every trial diverged.</exception>
    /// <exception cref="ConfigurationException">The folder holds something else, or the plan does not suit the method.</exception>
    public static SearchResult Run<TConfig>(
        string folder, SearchPlan<TConfig> plan, TrialTraining<TConfig> training, Dataset dataset, bool resume,
        Func<SearchTrial, ITrainingWatcher?> watcherOf, CancellationToken cancellation)
        where TConfig : class
    {
        training.Require(plan);
        RequireRows(dataset, plan.Grid.Metric);
        var data = TrainingData.Of(dataset);
        RunDirectory.Start(folder, Methods.Search, data, new Card { Search = plan.Grid, Settings = plan.Settings, Stage = training.LastStage }, resume, null);
        return new Rungs<TConfig>(folder, plan, training, data, watcherOf, cancellation).Run();
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

    /// <summary>What makes a search this one and no other.</summary>
    private sealed record Card
    {
        public required SearchGrid Search { get; init; }

        public required object Settings { get; init; }

        public string? Stage { get; init; }
    }
}

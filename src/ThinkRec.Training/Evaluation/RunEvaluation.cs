using ThinkRec.Data;
using ThinkRec.Metrics;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Evaluation;

/// <summary>Scores the rows of a split with any run.</summary>
public static class RunEvaluation
{
    /// <summary>Scores rows.</summary>
    /// <param name="run">A finished run.</param>
    /// <param name="dataset">The dataset it was trained on.</param>
    /// <param name="rows">Row numbers.</param>
    /// <param name="withExperts">False leaves the experts of a ThinkRec run out.</param>
    /// <param name="device">Where the language model computes; null for the CPU.</param>
    /// <param name="changes">Values in place of the run's (<see cref="ThinkRecRun.AskingKeys"/>); null for none.</param>
    /// <param name="onProgress">Called with the number of rows done; null for none.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>One scored row for each, in their order.</returns>
    public static ScoredRow[] Score(
        RunDirectory run, Dataset dataset, int[] rows, bool withExperts = true, Device? device = null, IReadOnlyList<string>? changes = null, Action<int>? onProgress = null,
        CancellationToken cancellation = default)
    {
        bool hasLanguageModel = Methods.OfLanguageModels.Contains(run.Card.Method);
        if (!hasLanguageModel && changes is { Count: > 0 })
        {
            throw new ConfigurationException("--set", [$"a run of {run.Card.Method} is asked in one way only; leave {string.Join(", ", changes)} out"]);
        }

        double[] scores = hasLanguageModel
            ? ScoreLanguageModel(run, dataset, rows, withExperts, device, ThinkRecRun.Config(run, changes), onProgress, cancellation)
            : ScoreEncoder(run, dataset, rows);
        return [.. rows.Zip(scores, (row, score) => ToScoredRow(dataset, row, score))];
    }

    /// <summary>A row with a score, for the metrics.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="row">Row number.</param>
    /// <param name="score">The score.</param>
    /// <returns>The scored row, with source ids.</returns>
    public static ScoredRow ToScoredRow(Dataset dataset, int row, double score)
    {
        Interaction interaction = dataset.Interactions[row];
        return new ScoredRow(dataset.Users[interaction.User], dataset.Items[interaction.Item], interaction.Label, score);
    }

    /// <summary>Rows of a split, refused when there are none.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="split">The split.</param>
    /// <returns>Row numbers.</returns>
    /// <exception cref="ConfigurationException">The split is empty.</exception>
    public static int[] RowsOf(Dataset dataset, Split split)
    {
        int[] rows = dataset.RowsOf(split);
        return rows.Length > 0 ? rows
            : throw new ConfigurationException($"dataset '{dataset.Name}'", [$"split {split.ToString().ToLowerInvariant()} has no rows; choose another with --split"]);
    }

    private static double[] ScoreLanguageModel(
        RunDirectory run, Dataset dataset, int[] rows, bool withExperts, Device? device, ThinkRecConfig config, Action<int>? onProgress, CancellationToken cancellation)
    {
        using ReasoningModel model = ThinkRecRun.Load(run, dataset, config, withExperts, device);
        ScoreRequest[] requests = ValidationSet.Requests(dataset, new Histories(dataset, config.Prompt.StrictTime), config.Prompt, rows);
        return [.. new CandidateScorer(model).Score(requests, onProgress, cancellation).Select(s => s[0])];
    }

    private static double[] ScoreEncoder(RunDirectory run, Dataset dataset, int[] rows)
    {
        using ICollaborativeEncoder encoder = EncoderFolder.Load(run.PathOf("encoder"), dataset);
        return EncoderScorer.Score(encoder, dataset, rows);
    }
}

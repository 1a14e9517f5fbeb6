using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Stages;

/// <summary>Rows on which a stage is measured after each epoch.</summary>
internal sealed class ValidationSet
{
    private readonly Dataset _dataset;
    private readonly int[] _rows;
    private readonly ScoreRequest[] _requests;

    /// <summary>Picks validation rows.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="prompts">Whose history options apply.</param>
    /// <param name="maxRows">At most so many rows: whole users in a seeded order, so that per-user metrics keep their meaning.</param>
    /// <param name="seed">Seed of the choice.</param>
    /// <param name="users">Only these users; null for all.</param>
    internal ValidationSet(Dataset dataset, PromptOptions prompts, int maxRows, long seed, IReadOnlySet<int>? users = null)
    {
        _dataset = dataset;
        int[][] byUser = [.. dataset.RowsOf(Split.Valid).GroupBy(r => dataset.Interactions[r].User)
            .Where(g => users is null || users.Contains(g.Key)).OrderBy(g => g.Key).Select(g => g.ToArray())];
        SeededRandom.Stream(seed, "validation").Shuffle(byUser.AsSpan());
        var rows = new List<int>();
        foreach (int[] user in byUser.TakeWhile(_ => rows.Count < maxRows))
        {
            rows.AddRange(user);
        }

        _rows = [.. rows];
        _requests = Requests(dataset, new Histories(dataset, prompts.StrictTime), prompts, _rows);
    }

    /// <summary>One request for each row: its user before the row, and its item.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="histories">History view.</param>
    /// <param name="prompts">History options.</param>
    /// <param name="rows">Row numbers.</param>
    /// <returns>In the rows' order.</returns>
    internal static ScoreRequest[] Requests(Dataset dataset, Histories histories, PromptOptions prompts, int[] rows) =>
        [.. rows.Select(r => new ScoreRequest(StateBefore(dataset, histories, prompts, r), [dataset.Interactions[r].Item]))];

    /// <summary>A row's user just before it.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="histories">History view.</param>
    /// <param name="prompts">History options.</param>
    /// <param name="row">Row number.</param>
    /// <returns>The state, with enough history for the encoder too.</returns>
    internal static UserState StateBefore(Dataset dataset, Histories histories, PromptOptions prompts, int row) =>
        new(dataset.Interactions[row].User, histories.Before(row, Math.Max(prompts.HistoryLength, EncoderHistory), HistoryKind.Dual), dataset.Interactions[row].Timestamp, Row: row);

    /// <summary>Interactions that an encoder may look back on.</summary>
    internal const int EncoderHistory = UserStatistics.History;

    /// <summary>What messages call an example.</summary>
    internal string Name(in Example example) => $"user {_dataset.Users[example.State.User]} on item {_dataset.Items[example.Item]}";

    /// <summary>Measures a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="selectBy">What else is to be measured, as <see cref="OptimizationOptions.SelectBy"/>.</param>
    /// <param name="parallel">The processes that share the rows; null for this one alone.</param>
    /// <returns>auc, uauc and that, where they are defined; none when nothing is.</returns>
    internal IReadOnlyDictionary<string, double> Measure(ReasoningModel model, string? selectBy = null, DataParallel? parallel = null)
    {
        parallel ??= DataParallel.Alone;
        double[][] scores = new CandidateScorer(model).Score(parallel.ShareOf(_requests));
        return Metrics(_dataset, _rows, parallel.Joined<double>([.. scores.Select(s => s[0])]), selectBy);
    }

    /// <summary>AUC and UAUC of scored rows.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="rows">Row numbers.</param>
    /// <param name="scores">One for each row.</param>
    /// <param name="selectBy">What else is to be measured, as <see cref="Loop.OptimizationOptions.SelectBy"/>.</param>
    /// <returns>auc, uauc and that, where they are defined.</returns>
    internal static IReadOnlyDictionary<string, double> Metrics(Dataset dataset, int[] rows, double[] scores, string? selectBy = null) =>
        Evaluation.ValidationMetrics.Of([.. rows.Zip(scores, (r, s) => Evaluation.RunEvaluation.ToScoredRow(dataset, r, s))], selectBy);
}

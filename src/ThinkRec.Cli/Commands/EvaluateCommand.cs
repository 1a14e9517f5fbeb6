using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Metrics;
using ThinkRec.Torch;
using ThinkRec.Training.Evaluation;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;

namespace ThinkRec.Cli.Commands;

/// <summary><c>evaluate</c>: metrics of a run on a split, with intervals.</summary>
internal sealed class EvaluateCommand : ICommand
{
    private readonly RunOptions _options = new();
    private readonly Option<string> _split = new("--split") { Description = "train, valid or test.", DefaultValueFactory = _ => "valid", HelpName = "NAME" };
    private readonly Option<FileInfo?> _predictions = new("--predictions") { Description = "Also writes user_id,item_id,label,score as CSV.", HelpName = "FILE" };
    private readonly Option<int> _sample = new("--sample") { Description = "Scores no more than N rows of the split, drawn at random (seed 1); for splits that are long.", HelpName = "N" };
    private readonly Option<bool> _globalOnly = new("--global-only") { Description = "Leaves the experts out: the global adapter serves everybody." };

    private readonly Option<string[]> _set = new("--set") { Description = $"Asks the run in another way than it says: {string.Join(", ", ThinkRecRun.AskingKeys)}.", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        _split.AcceptOnlyFromAmong("train", "valid", "test");
        var command = new Command("evaluate", "AUC, UAUC, NDCG and MAP of a run on a split, with 95 % intervals.")
        {
            _options.Run, _options.Data, _split, _sample, _predictions, _globalOnly, _set, _options.Device,
        };
        application.Act(command, (call, report, cancellation) => Task.Run(() => Evaluate(call, report, cancellation), CancellationToken.None));
        return command;
    }

    private void Evaluate(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        Device device = _options.DeviceOf(call);
        (RunDirectory run, Dataset dataset) = _options.Open(call);
        Split split = Enum.Parse<Split>(call.GetRequiredValue(_split), ignoreCase: true);
        int[] rows = Sample(RunEvaluation.RowsOf(dataset, split), call.GetResult(_sample) is { Implicit: false } ? call.GetValue(_sample) : int.MaxValue);
        ScoredRow[] scored = RunEvaluation.Score(
            run, dataset, rows, !call.GetValue(_globalOnly), device, call.GetValue(_set), done => report.Progress($"scored {done} of {rows.Length} rows"), cancellation);
        if (call.GetValue(_predictions) is FileInfo file)
        {
            PredictionFile.Write(file.FullName, scored);
        }

        RankingReport result = RankingReport.Evaluate(scored, new BootstrapOptions());
        report.Line($"{run.Card.Method} on {dataset.Name}, split {split.ToString().ToLowerInvariant()}: {result.Rows} rows, {result.Positives} positive; "
            + $"{result.Users} users, {result.UsersWithBothClasses} with both labels, {result.UsersWithTwoRows} with two rows or more.");
        report.Table(
            ["metric", "value", "95 % interval", "definition"],
            result.Metrics.Select(m => (IReadOnlyList<string>)[m.Name, Text(m.Value), $"{Text(m.Low)} – {Text(m.High)}", m.Definition]));
        var baselines = SanityBaselines.Score(dataset, rows).Select(b => (b.Name, RankingReport.Evaluate(b.Rows, new BootstrapOptions()).Metrics)).ToArray();
        report.Line("What counting alone reaches on the same rows:");
        report.Table(
            ["baseline", .. result.Metrics.Select(m => m.Name)],
            baselines.Select(b => (IReadOnlyList<string>)[b.Name, .. b.Metrics.Select(m => $"{Text(m.Value)} ({Text(m.Low)} – {Text(m.High)})")]));
        double? best = BestPossible.Auc(dataset, rows);
        if (best is double value)
        {
            report.Line($"Best possible AUC (scores are the true probabilities): {Text(value)}");
        }

        report.Document(new
        {
            run.Card.Method,
            Dataset = dataset.Name,
            Split = split.ToString().ToLowerInvariant(),
            result.Rows,
            result.Positives,
            result.Users,
            result.UsersWithBothClasses,
            result.UsersWithTwoRows,
            Metrics = result.Metrics.ToDictionary(m => m.Name),
            Baselines = baselines.ToDictionary(b => b.Name, b => b.Metrics.ToDictionary(m => m.Name)),
            BestPossibleAuc = best,
        });
    }

    private static int[] Sample(int[] rows, int count)
    {
        if (count < 1)
        {
            throw new UsageException($"--sample is {count}, expected 1 or more.");
        }

        if (count >= rows.Length)
        {
            return rows;
        }

        int[] drawn = [.. rows];
        SeededRandom.Stream(1, "evaluate").Shuffle(drawn.AsSpan());
        return [.. drawn.Take(count).Order()];
    }

    private static string Text(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}

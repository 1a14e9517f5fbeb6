using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Metrics;

namespace ThinkRec.Cli.Commands;

/// <summary><c>metrics</c>: the ranking metrics of anybody's predictions, with intervals.</summary>
internal sealed class MetricsCommand : ICommand
{
    private static readonly BootstrapOptions Defaults = new();

    private readonly Option<FileInfo> _predictions = new Option<FileInfo>("--predictions")
    {
        Description = "CSV file with the header user_id,label,score (label 0 or 1; item_id and other columns may be there).",
        Required = true,
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private readonly Option<int> _places = Number("--k", "Places that count for NDCG and MAP.", 5);
    private readonly Option<int> _replicates = Number("--replicates", "Resampled data sets behind the intervals.", Defaults.Replicates);
    private readonly Option<int> _seed = Number("--seed", "Seed of the resampling.", Defaults.Seed);

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("metrics", "AUC, UAUC, NDCG and MAP of a prediction file, with 95 % intervals.")
        {
            _predictions, _places, _replicates, _seed,
        };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        string path = call.GetRequiredValue(_predictions).FullName;
        var options = new BootstrapOptions
        {
            Replicates = call.GetValue(_replicates),
            Seed = call.GetValue(_seed),
            Threads = Environment.ProcessorCount,
        };
        int places = call.GetValue(_places);
        RankingReport result = await Task.Run(
            () => RankingReport.Evaluate(PredictionFile.Read(path), options, places), cancellation).WaitAsync(cancellation);

        report.Line($"{result.Rows} rows, {result.Positives} positive; {result.Users} users, "
            + $"{result.UsersWithBothClasses} with both labels, {result.UsersWithTwoRows} with two rows or more.");
        report.Table(
            ["metric", "value", "95 % interval", "definition"],
            result.Metrics.Select(metric => (IReadOnlyList<string>)
                [metric.Name, Text(metric.Value), $"{Text(metric.Low)} – {Text(metric.High)}", metric.Definition]));
        report.Document(new
        {
            result.Rows,
            result.Positives,
            result.Users,
            result.UsersWithBothClasses,
            result.UsersWithTwoRows,
            Metrics = result.Metrics.ToDictionary(metric => metric.Name),
            Bootstrap = new { options.Replicates, options.Seed, options.Confidence },
        });
    }

    private static string Text(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "N" };
}

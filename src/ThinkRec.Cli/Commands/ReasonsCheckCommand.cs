using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Teaching;

namespace ThinkRec.Cli.Commands;

/// <summary><c>reasons check</c>: holds reasons against labels, histories and item texts.</summary>
internal sealed class ReasonsCheckCommand : ICommand
{
    private const int Examples = 3;
    private static readonly ReasonAuditOptions Defaults = new();

    private readonly Argument<DirectoryInfo> _folder = new("DIR") { Description = "Folder of a prepared dataset." };

    private readonly Option<FileInfo> _reasons = new Option<FileInfo>("--reasons")
    {
        Description = $"The reasons (default: {ReasonFile.FileName} in DIR).",
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private readonly Option<FileInfo> _filter = new("--filter")
    {
        Description = "Write the reasons without a problem to a new file.",
        HelpName = "OUT",
    };

    private readonly Option<int> _history = Number("--history", "Interactions of the history that may be cited.", Defaults.HistoryLength);
    private readonly Option<int> _minWords = Number("--min-words", "Fewest words after the answer.", Defaults.MinWords);
    private readonly Option<int> _maxWords = Number("--max-words", "Most words after the answer.", Defaults.MaxWords);
    private readonly Option<bool> _strict = new("--strict") { Description = "Fail (exit code 1) when there is a problem." };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("check", "Check answers, cited items, named keywords, length, leaks and repetitions of reasons.")
        {
            _folder, _reasons, _filter, _history, _minWords, _maxWords, _strict,
        };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        string folder = call.GetRequiredValue(_folder).FullName;
        string path = call.GetValue(_reasons)?.FullName ?? Path.Combine(folder, ReasonFile.FileName);
        string? filter = call.GetValue(_filter)?.FullName;
        var options = new ReasonAuditOptions
        {
            HistoryLength = call.GetValue(_history),
            MinWords = call.GetValue(_minWords),
            MaxWords = call.GetValue(_maxWords),
        };
        if (!File.Exists(path))
        {
            throw new UsageException($"{path}: there is no such file. Name the reasons with --reasons FILE, or let them be written by 'reasons synthesize'.");
        }

        if (filter is not null)
        {
            NewFile.Check(filter, "--filter");
        }

        ReasonAuditReport found = await Task.Run(
            () =>
            {
                Dataset dataset = Dataset.Load(folder);
                return new ReasonAudit(dataset, options).Run(ReasonFile.Scan(path, dataset));
            },
            cancellation).WaitAsync(cancellation);
        if (filter is not null)
        {
            ReasonFile.Write(filter, found.Clean);
        }

        Show(report, path, filter, found);
        if (call.GetValue(_strict) && found.Findings.Count > 0)
        {
            throw new DataFormatException($"{path}: {found.Lines - found.Clean.Count} of {found.Lines} reasons have a problem, and --strict allows none. Write the others to a file with --filter OUT.");
        }
    }

    private static void Show(IConsoleReport report, string path, string? filter, ReasonAuditReport found)
    {
        report.Line($"{path}: {found.Lines} reasons, {found.Clean.Count} without a problem.");
        var byCheck = ReasonAudit.Checks.ToDictionary(name => name, name => found.Findings.Where(finding => finding.Check == name).ToArray());
        if (found.Findings.Count > 0)
        {
            report.Table(["check", "problems"], byCheck.Where(check => check.Value.Length > 0)
                .Select(check => (IReadOnlyList<string>)[check.Key, $"{check.Value.Length}"]));
            foreach (ReasonFinding finding in byCheck.Values.SelectMany(findings => findings.Take(Examples)))
            {
                report.Line($"  line {finding.Line}, {finding.Check}: {finding.Problem}");
            }
        }

        if (filter is not null)
        {
            report.Line($"{found.Clean.Count} reasons written to {filter}.");
        }

        report.Document(new
        {
            Reasons = found.Lines,
            Clean = found.Clean.Count,
            Problems = byCheck.ToDictionary(check => check.Key, check => check.Value.Length),
            found.Findings,
            Filtered = filter,
        });
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "N" };
}

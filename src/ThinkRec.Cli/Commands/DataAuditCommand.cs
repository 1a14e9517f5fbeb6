using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Data.Audit;
using ThinkRec.Teaching;

namespace ThinkRec.Cli.Commands;

/// <summary><c>data audit</c>: what would make training on a prepared dataset, or measuring on it, worth less than it seems.</summary>
internal sealed class DataAuditCommand : ICommand
{
    private readonly Argument<DirectoryInfo> _folder = new("DIR") { Description = "Folder of a prepared dataset." };

    private readonly Option<FileInfo> _reasons = new Option<FileInfo>("--reasons")
    {
        Description = $"A teacher's reasons to look at (default: DIR/{ReasonFile.FileName}, if it is there).",
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private readonly Option<bool> _strict = new("--strict") { Description = "Exit code 1 when there is a finding of weight 'error'." };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("audit", "Leakage, duplicates, ties, cold ids and bad texts of a prepared dataset, the worst first.") { _folder, _reasons, _strict };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        string folder = call.GetRequiredValue(_folder).FullName;
        string own = Path.Combine(folder, ReasonFile.FileName);
        string? reasons = call.GetValue(_reasons)?.FullName ?? (File.Exists(own) ? own : null);
        (Dataset dataset, int[]? rows, IReadOnlyList<AuditFinding> findings) = await Task.Run(
            () =>
            {
                Dataset dataset = Dataset.Load(folder);
                int[]? rows = reasons is null ? null : ReasonFile.RowsOf(dataset, ReasonFile.Read(reasons, dataset));
                return (dataset, rows, DatasetAudit.Run(dataset, rows));
            },
            cancellation).WaitAsync(cancellation);
        Show(report, folder, dataset, rows?.Length, findings);
        string[] errors = [.. findings.Where(finding => finding.Weight == FindingWeight.Error).Select(finding => finding.Kind)];
        if (call.GetValue(_strict) && errors.Length > 0)
        {
            throw new AuditFailedException($"{dataset.Name}: {string.Join(", ", errors)}: the audit found what must not be; the findings above say what to do.");
        }
    }

    private static void Show(IConsoleReport report, string folder, Dataset dataset, int? numReasons, IReadOnlyList<AuditFinding> findings)
    {
        report.Line(FormattableString.Invariant(
            $"{dataset.Name}: {dataset.Interactions.Length} rows, {dataset.Users.Count - 1} users, {dataset.Items.Count - 1} items, {numReasons ?? 0} reasons: ")
            + FormattableString.Invariant($"{Number(FindingWeight.Error)} errors, {Number(FindingWeight.Warning)} warnings, {Number(FindingWeight.Note)} notes"));
        foreach (AuditFinding finding in findings)
        {
            report.Line(FormattableString.Invariant($"{NameOf(finding.Weight),-8} {finding.Kind}: {finding.Count} of {finding.Total} ({100 * finding.Share:0.00} %)"));
            report.Line($"         {finding.What}");
            foreach (AuditExample example in finding.Examples)
            {
                report.Line($"           {example.File}:{example.Line} {Ids(example)}: {TerminalText.OneLine(example.Detail)}");
            }

            report.Line($"         -> {finding.Advice}");
        }

        report.Document(new
        {
            folder,
            dataset.Name,
            Rows = dataset.Interactions.Length,
            Users = dataset.Users.Count - 1,
            Items = dataset.Items.Count - 1,
            Reasons = numReasons,
            Errors = Number(FindingWeight.Error),
            Warnings = Number(FindingWeight.Warning),
            Notes = Number(FindingWeight.Note),
            Findings = findings.Select(finding => new
            {
                finding.Kind,
                Weight = NameOf(finding.Weight),
                finding.Count,
                finding.Total,
                finding.Share,
                finding.What,
                finding.Advice,
                finding.Examples,
            }),
        });

        int Number(FindingWeight weight) => findings.Count(finding => finding.Weight == weight);
    }

    private static string NameOf(FindingWeight weight) => weight.ToString().ToLowerInvariant();

    private static string Ids(AuditExample example) => TerminalText.OneLine((example.User, example.Item) switch
    {
        ({ } user, { } item) => $"user {user}, item {item}",
        ({ } user, null) => $"user {user}",
        _ => $"item {example.Item}",
    });
}

/// <summary>A strict audit found an error.</summary>
/// <param name="message">Names the findings.</param>
internal sealed class AuditFailedException(string message) : Exception(message);

using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Data.Preparation;
using ThinkRec.Teaching;

namespace ThinkRec.Cli.Commands;

/// <summary><c>reasons import</c>: explanations that others wrote become a dataset's reasons.</summary>
internal sealed class ReasonsImportCommand : ICommand
{
    private static readonly ReasonImportOptions Defaults = new();

    private readonly Argument<DirectoryInfo> _folder = new("DIR") { Description = "Folder of a prepared dataset." };

    private readonly Option<FileInfo> _from = new Option<FileInfo>("--from")
    {
        Description = "The explanations: .jsonl, .csv or .tsv, plain or .gz; users and items by the ids of the dataset's source.",
        Required = true,
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private readonly Option<string[]> _map = new("--map")
    {
        Description = $"Which field says what: {string.Join(", ", ColumnMap.ReasonRoles)}. Without an answer, what the user did is the answer, in training rows; without a time, "
            + "the last row of user and item is meant.",
        AllowMultipleArgumentsPerToken = true,
        HelpName = "ROLE=NAME",
    };

    private readonly Option<FileInfo> _out = new("--out") { Description = $"File to write; must not exist (default: {ReasonFile.FileName} in DIR, where training finds it).", HelpName = "FILE" };
    private readonly Option<string> _teacher = new("--teacher") { Description = "Who wrote them.", DefaultValueFactory = _ => Defaults.Teacher, HelpName = "NAME" };
    private readonly Option<int> _maxBad = new("--max-bad") { Description = "Records that are damaged or belong to no row which are left out before it is an error (default 0).", HelpName = "N" };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("import", "Make reasons for a dataset of explanations that others wrote.") { _folder, _from, _map, _out, _teacher, _maxBad };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        string folder = call.GetRequiredValue(_folder).FullName;
        string source = call.GetRequiredValue(_from).FullName;
        string target = call.GetValue(_out)?.FullName ?? Path.Combine(folder, ReasonFile.FileName);
        ReasonImportOptions options = Options(call);
        NewFile.Check(target, "--out");
        ReasonImportResult result = await Task.Run(() => new ReasonImport(Dataset.Load(folder), options).Run(source), cancellation).WaitAsync(cancellation);
        if (result.Reasons.Count == 0)
        {
            throw new DataFormatException($"{source}: there is no reason to import: {result.HeldOut} explanations are about validation or test rows and have no answer, {result.Malformed} belong to no row. "
                + "Name the field of the answer with --map answer=NAME, or another dataset.");
        }

        ReasonFile.Write(target, result.Reasons);
        report.Line($"{result.Reasons.Count} reasons written to {target}: {result.Reasons.Count(reason => reason.Answer == "Yes")} for Yes.");
        report.Line($"Left out: {result.HeldOut} about validation or test rows, which have no answer of their own; {result.Malformed} damaged or about no row.");
        if (result.Summary is { } summary)
        {
            report.Line(summary);
        }

        report.Document(new { File = target, Reasons = result.Reasons.Count, result.HeldOut, result.Malformed, result.Summary });
    }

    private ReasonImportOptions Options(ParseResult call)
    {
        if (call.GetValue(_maxBad) < 0)
        {
            throw new UsageException($"--max-bad must be 0 or more but is {call.GetValue(_maxBad)}.");
        }

        if (string.IsNullOrWhiteSpace(call.GetValue(_teacher)))
        {
            throw new UsageException("--teacher: expected a name but found nothing.");
        }

        try
        {
            var map = ColumnMap.Parse(call.GetValue(_map) ?? [], ColumnMap.ReasonRoles);
            return new ReasonImportOptions { Map = map, Teacher = call.GetRequiredValue(_teacher), MaxBad = call.GetValue(_maxBad) };
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"--map: {error.Message}");
        }
    }
}

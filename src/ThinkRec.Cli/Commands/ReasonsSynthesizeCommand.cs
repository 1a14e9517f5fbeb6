using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Teaching;
using ThinkRec.Teaching.Endpoint;

namespace ThinkRec.Cli.Commands;

/// <summary><c>reasons synthesize</c>: lets a teacher write reasons for training rows.</summary>
internal sealed class ReasonsSynthesizeCommand : ICommand
{
    private static readonly ReasonSynthesisOptions Defaults = new() { Count = 1000 };

    private readonly Argument<DirectoryInfo> _folder = new("DIR") { Description = "Folder of a prepared dataset." };
    private readonly Option<FileInfo> _out = new("--out") { Description = $"File to write; must not exist (default: {ReasonFile.FileName} in DIR, where training finds it).", HelpName = "FILE" };
    private readonly Option<int> _count = Number("--count", "Reasons wanted.", Defaults.Count);
    private readonly Option<int> _history = Number("--history", "Interactions of the history that the teacher sees.", Defaults.HistoryLength);
    private readonly Option<long> _seed = new("--seed") { Description = "Seed of the rows' order.", DefaultValueFactory = _ => Defaults.Seed, HelpName = "N" };
    private readonly TeacherRowOptions _rows = new();
    private readonly TeacherCallOptions _teacher = new();

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("synthesize", "Let a language model behind an endpoint, or the local teacher, write reasons for training rows.")
        {
            _folder, _out, _count, _history, _seed,
        };
        foreach (Option option in _rows.Options)
        {
            command.Add(option);
        }

        _teacher.AddTo(command);
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        string folder = call.GetRequiredValue(_folder).FullName;
        string target = call.GetValue(_out)?.FullName ?? Path.Combine(folder, ReasonFile.FileName);
        var options = new ReasonSynthesisOptions
        {
            Count = InRange(call, _count),
            Rows = _rows.ChoiceOf(call),
            HistoryLength = InRange(call, _history),
            Seed = call.GetValue(_seed),
        };
        EndpointOptions? endpoint = _teacher.EndpointOf(call);
        TeacherOptions teacher = _teacher.TeacherOf(call, options.Count);
        ApiKeys keys = endpoint is null ? ApiKeys.None : _teacher.KeysOf(call);
        NewFile.Check(target, "--out");
        Dataset dataset = await Task.Run(() => Dataset.Load(folder), cancellation).WaitAsync(cancellation);
        options = options with { Pools = await Task.Run(() => _rows.PoolsOf(call, dataset, report), cancellation).WaitAsync(cancellation) };
        if (ReasonSynthesis.RowsToAsk(dataset, options).Length == 0)
        {
            throw new DataFormatException($"{folder}: of the rows chosen, none is a training row with enough history to ask a teacher about. Choose others with --rows.");
        }

        if (endpoint is null)
        {
            ReasonSynthesisResult written = await Task.Run(() => ReasonSynthesis.Run(dataset, options), cancellation).WaitAsync(cancellation);
            Finish(report, target, new EndpointSynthesisResult
            {
                Reasons = written.Reasons,
                Asked = written.Asked,
                WrongVotes = written.WrongVotes,
                FailedChecks = written.FailedChecks,
            });
            return;
        }

        string journal = _teacher.JournalOf(call, target);
        var synthesis = new EndpointSynthesis(dataset, options, endpoint, teacher);
        using CancellationTokenRegistration told = cancellation.Register(
            () => report.Progress("Waiting for the answers under way, to keep them; interrupt again to leave them."));
        EndpointSynthesisResult result = await synthesis.RunAsync(keys, journal, Progress(report, options.Count), cancellation);
        Finish(report, target, result);
        report.Line($"Every answer, with its thinking, is in {journal}.");
    }

    private static Action<int, int> Progress(IConsoleReport report, int count)
    {
        int step = Math.Max(1, count / 100);
        return (asked, kept) =>
        {
            if (asked % step == 0)
            {
                report.Progress($"{asked} rows, {kept} of {count} reasons");
            }
        };
    }

    private static void Finish(IConsoleReport report, string target, EndpointSynthesisResult result)
    {
        ReasonFile.Write(target, result.Reasons);
        ReasonCost cost = result.Cost;
        bool isLocal = cost.Answers == 0;
        string problems = isLocal ? "" : $", {result.FailedChecks} with a problem ('reasons check' names it)";
        report.Line($"{result.Reasons.Count} reasons from {result.Asked} rows written to {target}: "
            + $"{result.Reasons.Count(reason => reason.Answer == "Yes")} for Yes, {result.Hinted} with hints{problems}.");
        report.Line($"Left out: {result.WrongVotes} with a wrong vote, " + (isLocal
            ? $"{result.FailedChecks} with a problem."
            : $"{result.WithoutVote} without a vote, {result.WithoutReason} without a reason, {result.Refused} refused."));
        if (result.Limit is { } limit)
        {
            report.Line($"A limit ended the asking: {limit} To go on, move {target} away and repeat the call.");
        }

        if (!isLocal)
        {
            string price = cost.Price is { } money ? string.Create(CultureInfo.InvariantCulture, $", price {money:0.####}") : "";
            report.Line($"{cost.Answers} answers ({result.AnswersFound} from the journal), {cost.Requests} requests, "
                + $"{cost.PromptTokens} tokens read, {cost.CompletionTokens} written{price}.");
        }

        report.Document(new
        {
            File = target,
            Reasons = result.Reasons.Count,
            result.Asked,
            result.WrongVotes,
            result.WithoutVote,
            result.WithoutReason,
            result.Refused,
            result.Hinted,
            result.FailedChecks,
            result.AnswersFound,
            result.Limit,
            result.Cost,
        });
    }

    private static int InRange(ParseResult call, Option<int> option) => call.GetValue(option) is >= 1 and <= 10_000_000 and var value
        ? value
        : throw new UsageException($"{option.Name} is {call.GetValue(option)}, expected 1 to 10000000.");

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "N" };
}

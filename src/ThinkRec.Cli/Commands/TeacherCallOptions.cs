using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Teaching.Endpoint;

namespace ThinkRec.Cli.Commands;

/// <summary>The options of a teacher behind an endpoint.</summary>
internal sealed class TeacherCallOptions
{
    private static readonly TeacherOptions Teacher = new();

    private readonly EndpointCallOptions _endpoint = new("a teacher behind an endpoint", "without it the local teacher writes");
    private readonly Option<FileInfo> _journal = new("--journal") { Description = "File that keeps every answer (default: OUT with .journal.jsonl).", HelpName = "FILE" };
    private readonly Option<TeacherProtocol> _protocol = new("--protocol") { Description = "blind: the teacher is never told the label, and rows where its vote misses it are left out; hinted: it is told, and asked again (default: blind).", HelpName = "blind|hinted" };
    private readonly Option<int> _samples = Number("--samples", "Votes on a row, blind; odd, the majority counts.", Teacher.Samples);
    private readonly Option<int> _tries = Number("--tries", "Answers to a row at most, hinted.", Teacher.Tries);
    private readonly Option<bool> _thinking = new("--use-thinking") { Description = "Take the teacher's thinking (reasoning_content) as the reason, as in the paper, and not its answer." };
    private readonly Option<int> _concurrency = Number("--concurrency", "Rows asked about at the same time.", Teacher.Concurrency);
    private readonly Option<int> _maxRows = new("--max-rows") { Description = "Rows asked about at most (default: four times --count).", HelpName = "N" };

    private Option[] Own => [_journal, _protocol, _samples, _tries, _thinking, _concurrency, _maxRows];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _endpoint.AddTo(command);
        foreach (Option option in Own)
        {
            command.Add(option);
        }
    }

    /// <summary>The endpoint; null where the local teacher is meant.</summary>
    /// <exception cref="UsageException">Options do not belong together.</exception>
    public EndpointOptions? EndpointOf(ParseResult call) => _endpoint.EndpointOf(call, Own);

    /// <summary>How the teacher is asked.</summary>
    public TeacherOptions TeacherOf(ParseResult call, int count)
    {
        var options = new TeacherOptions
        {
            Protocol = call.GetValue(_protocol),
            Samples = call.GetValue(_samples),
            Tries = call.GetValue(_tries),
            UseThinking = call.GetValue(_thinking),
            Concurrency = call.GetValue(_concurrency),
            MaxRows = call.GetResult(_maxRows) is { Implicit: false } ? call.GetValue(_maxRows) : (int)Math.Clamp(4L * count, 1, int.MaxValue),
        };
        options.Validate();
        return options;
    }

    /// <summary>The keys, from the environment alone.</summary>
    /// <exception cref="UsageException">The variable named is not set.</exception>
    public ApiKeys KeysOf(ParseResult call) => _endpoint.KeysOf(call);

    /// <summary>Where answers are kept.</summary>
    public string JournalOf(ParseResult call, string target) => call.GetValue(_journal)?.FullName ?? Path.ChangeExtension(target, ".journal.jsonl");

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "N" };
}

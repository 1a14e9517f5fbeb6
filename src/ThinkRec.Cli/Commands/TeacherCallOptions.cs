using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Teaching.Endpoint;

namespace ThinkRec.Cli.Commands;

/// <summary>The options of a teacher behind an endpoint.</summary>
internal sealed class TeacherCallOptions
{
    private const string UsualKeyVariable = "THINKREC_TEACHER_KEY";
    private static readonly TeacherOptions Teacher = new();
    private static readonly EndpointOptions Endpoint = new() { Address = new Uri("http://localhost"), Model = "-" };

    private readonly Option<string> _address = Text("--endpoint", "Base address of an OpenAI-compatible endpoint, such as http://localhost:8000/v1; without it the local teacher writes.", "URL");
    private readonly Option<string> _model = Text("--model", "The model's name at the endpoint.", "NAME");
    private readonly Option<string> _keyVariable = Text("--key-variable", $"Environment variable that holds the key, or several separated by commas (default: {UsualKeyVariable}; unset: no key).", "NAME");
    private readonly Option<FileInfo> _journal = new("--journal") { Description = "File that keeps every answer (default: OUT with .journal.jsonl).", HelpName = "FILE" };
    private readonly Option<TeacherProtocol> _protocol = new("--protocol") { Description = "blind: the teacher is never told the label, and rows where its vote misses it are left out; hinted: it is told, and asked again (default: blind).", HelpName = "blind|hinted" };
    private readonly Option<int> _samples = Number("--samples", "Votes on a row, blind; odd, the majority counts.", Teacher.Samples);
    private readonly Option<int> _tries = Number("--tries", "Answers to a row at most, hinted.", Teacher.Tries);
    private readonly Option<bool> _thinking = new("--use-thinking") { Description = "Take the teacher's thinking (reasoning_content) as the reason, as in the paper, and not its answer." };
    private readonly Option<int> _concurrency = Number("--concurrency", "Rows asked about at the same time.", Teacher.Concurrency);
    private readonly Option<int> _maxRows = new("--max-rows") { Description = "Rows asked about at most (default: four times --count).", HelpName = "N" };
    private readonly Option<int> _timeout = Number("--timeout", "Seconds that one request may take.", (int)Endpoint.Timeout.TotalSeconds);
    private readonly Option<int> _retries = Number("--retries", "Repetitions of a request that fails in a way that may pass.", Endpoint.Retries);
    private readonly Option<int> _maxTokens = Number("--max-tokens", "Tokens of a first answer, thinking included; up to four times as many when they do not suffice.", Endpoint.MaxTokens);
    private readonly Option<double> _temperature = new("--temperature") { Description = "Sampling temperature (default: the endpoint's).", HelpName = "X" };
    private readonly Option<bool> _stream = new("--stream") { Description = "Ask for answers piece by piece, for endpoints that close silent connections." };
    private readonly Option<double> _promptPrice = new("--price-in") { Description = "Price of a million tokens read, to record costs.", HelpName = "X" };
    private readonly Option<double> _completionPrice = new("--price-out") { Description = "Price of a million tokens written.", HelpName = "X" };

    private Option[] OfEndpoint =>
    [
        _model, _keyVariable, _journal, _protocol, _samples, _tries, _thinking, _concurrency, _maxRows, _timeout, _retries, _maxTokens, _temperature,
        _stream, _promptPrice, _completionPrice,
    ];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_address);
        foreach (Option option in OfEndpoint)
        {
            command.Add(option);
        }
    }

    /// <summary>The endpoint; null where the local teacher is meant.</summary>
    /// <exception cref="UsageException">Options do not belong together.</exception>
    public EndpointOptions? EndpointOf(ParseResult call)
    {
        if (call.GetValue(_address) is not { } address)
        {
            return OfEndpoint.FirstOrDefault(option => call.GetResult(option) is { Implicit: false }) is { } option
                ? throw new UsageException($"{option.Name} is for a teacher behind an endpoint. Name it with --endpoint URL, or leave {option.Name} out.")
                : null;
        }

        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri))
        {
            throw new UsageException("--endpoint: expected an address such as http://localhost:8000/v1.");
        }

        var options = new EndpointOptions
        {
            Address = uri,
            Model = call.GetValue(_model) ?? throw new UsageException("--endpoint needs the name of a model: --model NAME."),
            Timeout = TimeSpan.FromSeconds(call.GetValue(_timeout)),
            Retries = call.GetValue(_retries),
            Stream = call.GetValue(_stream),
            Temperature = Given(call, _temperature),
            MaxTokens = call.GetValue(_maxTokens),
            PromptPrice = Given(call, _promptPrice),
            CompletionPrice = Given(call, _completionPrice),
        };
        options.Validate();
        return options;
    }

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
    public ApiKeys KeysOf(ParseResult call)
    {
        string name = call.GetValue(_keyVariable) ?? UsualKeyVariable;
        string? value = Environment.GetEnvironmentVariable(name);
        return value is not null ? ApiKeys.Parse(value, $"The environment variable {name}")
            : call.GetValue(_keyVariable) is null ? ApiKeys.None
            : throw new UsageException($"--key-variable: the environment variable {name} is not set. Set it to the key.");
    }

    /// <summary>Where answers are kept.</summary>
    public string JournalOf(ParseResult call, string target) => call.GetValue(_journal)?.FullName ?? Path.ChangeExtension(target, ".journal.jsonl");

    private static double? Given(ParseResult call, Option<double> option) => call.GetResult(option) is { Implicit: false } ? call.GetValue(option) : null;

    private static Option<string> Text(string name, string description, string value) => new(name) { Description = description, HelpName = value };

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "N" };
}

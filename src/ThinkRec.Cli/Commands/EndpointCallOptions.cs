using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Teaching.Endpoint;

namespace ThinkRec.Cli.Commands;

/// <summary>The options of a language model behind an endpoint, for every command that asks one.</summary>
/// <param name="isFor">What it does there, for messages, such as <c>a teacher behind an endpoint</c>.</param>
/// <param name="otherwise">What happens without an endpoint, as a sentence's end.</param>
internal sealed class EndpointCallOptions(string isFor, string otherwise)
{
    private const string UsualKeyVariable = "THINKREC_TEACHER_KEY";
    private static readonly EndpointOptions Endpoint = new() { Address = new Uri("http://localhost"), Model = "-" };

    private readonly Option<string> _address = Text("--endpoint", $"Base address of an OpenAI-compatible endpoint, such as http://localhost:8000/v1; {otherwise}.", "URL");
    private readonly Option<string> _model = Text("--model", "The model's name at the endpoint.", "NAME");
    private readonly Option<string> _keyVariable = Text("--key-variable", $"Environment variable that holds the key, or several separated by commas (default: {UsualKeyVariable}; unset: no key).", "NAME");
    private readonly Option<int> _timeout = Number("--timeout", "Seconds that one request may take.", (int)Endpoint.Timeout.TotalSeconds);
    private readonly Option<int> _retries = Number("--retries", "Repetitions of a request that fails in a way that may pass.", Endpoint.Retries);
    private readonly Option<int> _maxTokens = Number("--max-tokens", "Tokens of a first answer, thinking included; up to four times as many when they do not suffice.", Endpoint.MaxTokens);
    private readonly Option<double> _temperature = Real("--temperature", "Sampling temperature (default: the endpoint's).");
    private readonly Option<bool> _stream = new("--stream") { Description = "Ask for answers piece by piece, for endpoints that close silent connections." };
    private readonly Option<double> _promptPrice = Real("--price-in", "Price of a million tokens read, to record costs.");
    private readonly Option<double> _completionPrice = Real("--price-out", "Price of a million tokens written.");
    private readonly Option<double> _maxCost = Real("--max-cost", "Stop asking before all answers in the journal cost more (needs both prices).");
    private readonly Option<int> _maxRequests = new("--max-requests") { Description = "Stop asking after so many requests, those of the journal and repeated ones included.", HelpName = "N" };
    private readonly Option<double> _pace = Real("--requests-per-minute", "Send no more requests in a minute (default: as the endpoint allows).");

    /// <summary>The options that have no meaning without an endpoint.</summary>
    public IReadOnlyList<Option> OfEndpoint =>
    [
        _model, _keyVariable, _timeout, _retries, _maxTokens, _temperature, _stream, _promptPrice, _completionPrice, _maxCost, _maxRequests, _pace,
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

    /// <summary>The endpoint; null where none is named.</summary>
    /// <param name="call">The call.</param>
    /// <param name="others">More options that have no meaning without an endpoint.</param>
    /// <exception cref="UsageException">Options do not belong together.</exception>
    public EndpointOptions? EndpointOf(ParseResult call, params IEnumerable<Option> others)
    {
        if (call.GetValue(_address) is not { } address)
        {
            return OfEndpoint.Concat(others).FirstOrDefault(option => IsGiven(call, option)) is { } option
                ? throw new UsageException($"{option.Name} is for {isFor}. Name it with --endpoint URL, or leave {option.Name} out.")
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
            MaxCost = Given(call, _maxCost) is not null && !(IsGiven(call, _promptPrice) && IsGiven(call, _completionPrice))
                ? throw new UsageException("--max-cost needs the prices of a million tokens: --price-in X --price-out X.")
                : Given(call, _maxCost),
            MaxRequests = IsGiven(call, _maxRequests) ? call.GetValue(_maxRequests) : null,
            RequestsPerMinute = Given(call, _pace),
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

    private static bool IsGiven(ParseResult call, Option option) => call.GetResult(option) is { Implicit: false };

    private static double? Given(ParseResult call, Option<double> option) => IsGiven(call, option) ? call.GetValue(option) : null;

    private static Option<string> Text(string name, string description, string value) => new(name) { Description = description, HelpName = value };

    private static Option<double> Real(string name, string description) => new(name) { Description = description, HelpName = "X" };

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "N" };
}

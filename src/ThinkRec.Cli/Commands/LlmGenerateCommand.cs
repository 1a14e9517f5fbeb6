using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Models.Llm;

namespace ThinkRec.Cli.Commands;

/// <summary><c>llm generate</c>: goes on from a prompt.</summary>
internal sealed class LlmGenerateCommand : ICommand
{
    private static readonly GenerationOptions Defaults = new();

    private readonly Option<FileSystemInfo> _model = LlmCommand.ModelOption();
    private readonly Option<string> _prompt = new("--prompt") { Description = "Text to go on from; an empty one starts a text.", Required = true, HelpName = "TEXT" };

    private readonly Option<int> _maxTokens = new("--max-tokens")
    {
        Description = "New tokens at most.",
        DefaultValueFactory = _ => Defaults.MaxNewTokens,
        HelpName = "N",
    };

    private readonly Option<double> _temperature = new("--temperature")
    {
        Description = "0 takes the likeliest token always; above 0 tokens are drawn, the more evenly the higher it is.",
        DefaultValueFactory = _ => Defaults.Temperature,
        HelpName = "T",
    };

    private readonly Option<int> _topK = new("--top-k") { Description = "Draws among the K likeliest tokens; 0 for all.", DefaultValueFactory = _ => Defaults.TopK, HelpName = "K" };

    private readonly Option<double> _topP = new("--top-p")
    {
        Description = "Draws among the likeliest tokens that together have this probability; 1 for all.",
        DefaultValueFactory = _ => Defaults.TopP,
        HelpName = "P",
    };

    private readonly Option<int> _seed = new("--seed") { Description = "Seed of the draws.", DefaultValueFactory = _ => Defaults.Seed, HelpName = "N" };

    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "Ends the text before this text; may be given several times.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _dtype = new Option<string>("--dtype")
    {
        Description = "Type in which the weights are held and computed: fp32, bf16 (half the memory), or fp16 (GPUs only).",
        DefaultValueFactory = _ => "fp32",
        HelpName = "TYPE",
    }.AcceptOnlyFromAmong("fp32", "bf16", "fp16");

    private readonly Option<string> _quantize = LlmCommand.QuantizeOption();

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("generate", "Goes on from a prompt: always the likeliest token, or drawn with a temperature.")
        {
            _model, _prompt, _maxTokens, _temperature, _topK, _topP, _seed, _stop, _dtype, _quantize,
        };
        application.Act(command, (call, report, cancellation) => Task.Run(() => Generate(call, report, cancellation), CancellationToken.None));
        return command;
    }

    private void Generate(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        GenerationOptions options = Options(call);
        string[] stopTexts = call.GetValue(_stop)!;
        Require(stopTexts.All(text => text.Length > 0), "--stop is empty, expected a text.");
        string prompt = call.GetRequiredValue(_prompt);
        using var model = LanguageModel.Load(call.GetRequiredValue(_model).FullName, new LoadOptions
        {
            DType = Enum.Parse<Precision>(call.GetValue(_dtype)!, ignoreCase: true).DType(),
            Quantize = LlmCommand.Quantization(call, _quantize),
        });
        Completion completion = TextCompletion.Complete(model, prompt, options, stopTexts, cancellation);
        report.Line(completion.Text);
        report.Document(new
        {
            Prompt = prompt,
            completion.Text,
            completion.PromptTokens,
            completion.NewTokens,
            End = completion.End.ToString(),
        });
    }

    private GenerationOptions Options(ParseResult call)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = call.GetValue(_maxTokens),
            Temperature = call.GetValue(_temperature),
            TopK = call.GetValue(_topK),
            TopP = call.GetValue(_topP),
            Seed = call.GetValue(_seed),
        };
        Require(options.MaxNewTokens >= 1, $"--max-tokens is {options.MaxNewTokens}, expected at least 1.");
        Require(double.IsFinite(options.Temperature) && options.Temperature >= 0, $"--temperature is {Text(options.Temperature)}, expected 0 or more.");
        Require(options.TopK >= 0, $"--top-k is {options.TopK}, expected 1 or more, or 0 for all tokens.");
        Require(options.TopP is > 0 and <= 1, $"--top-p is {Text(options.TopP)}, expected more than 0 and at most 1.");
        Require(options.Seed >= 0, $"--seed is {options.Seed}, expected 0 or more.");
        bool draws = options.Temperature > 0;
        Require(draws || (options.TopK == Defaults.TopK && options.TopP == Defaults.TopP), "--top-k and --top-p have no meaning at --temperature 0, which draws nothing; give a temperature such as 0.8.");
        return options;
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new UsageException(problem);
        }
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}

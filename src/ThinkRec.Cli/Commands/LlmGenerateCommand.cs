using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Models.Llm;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Cli.Commands;

/// <summary><c>llm generate</c>: goes on from a prompt, or replies in a chat.</summary>
internal sealed class LlmGenerateCommand : ICommand
{
    private readonly Option<FileSystemInfo> _model = LlmCommand.ModelOption();
    private readonly PromptOptions _prompt = new();
    private readonly SamplingOptions _sampling = new();

    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "Ends the text before this text; may be given several times.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> _stream = new("--stream") { Description = "Shows the text as it comes." };

    private readonly Option<string> _dtype = new Option<string>("--dtype")
    {
        Description = "Type in which the weights are held and computed: fp32, bf16 (half the memory), or fp16 (GPUs only).",
        DefaultValueFactory = _ => "fp32",
        HelpName = "TYPE",
    }.AcceptOnlyFromAmong("fp32", "bf16", "fp16");

    private readonly Option<string> _device = DeviceOption.Make();
    private readonly Option<string> _quantize = LlmCommand.QuantizeOption();

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("generate", "Goes on from a prompt, or replies in a chat: always the likeliest token, or drawn with a temperature.") { _model };
        _prompt.AddTo(command);
        _sampling.AddTo(command);
        command.Options.Add(_stop);
        command.Options.Add(_stream);
        command.Options.Add(_dtype);
        command.Options.Add(_quantize);
        command.Options.Add(_device);
        application.Act(command, (call, report, cancellation) => Task.Run(() => Generate(call, report, cancellation), CancellationToken.None));
        return command;
    }

    private void Generate(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        GenerationOptions options = _sampling.Read(call);
        string[] stopTexts = call.GetValue(_stop)!;
        if (stopTexts.Any(text => text.Length == 0))
        {
            throw new UsageException("--stop is empty, expected a text.");
        }

        string folder = call.GetRequiredValue(_model).FullName;
        PromptOptions.Prompt prompt = _prompt.Read(call, folder);
        bool isStreamed = call.GetValue(_stream);
        Device device = DeviceOption.Read(call, _device);
        using var model = LanguageModel.Load(folder, new LoadOptions
        {
            DType = Enum.Parse<Precision>(call.GetValue(_dtype)!, ignoreCase: true).DType(),
            Quantize = LlmCommand.Quantization(call, _quantize),
            Device = device,
        });
        Completion completion = TextCompletion.Complete(
            model,
            new CompletionRequest
            {
                Prompt = prompt.Encode(model.Tokenizer),
                Options = options,
                StopTexts = stopTexts,
                IsNewText = prompt.Chat is not null,
                OnText = isStreamed ? report.Piece : null,
            },
            cancellation);
        report.Line(isStreamed ? "" : completion.Text);
        Report(report, prompt, completion, options, model.Tokenizer);
    }

    private static void Report(IConsoleReport report, PromptOptions.Prompt prompt, Completion completion, GenerationOptions options, Tokenizer tokenizer)
    {
        bool hasLogProbs = options.TopLogProbs is not null;
        if (hasLogProbs)
        {
            report.Table(["token", "log-probability", "likeliest"], completion.Tokens.Select(token => (string[])
            [
                Quoted(tokenizer, token.Token), Number(token.LogProb), string.Join("  ", token.Top.Select(other => $"{Quoted(tokenizer, other.Token)} {Number(other.LogProb)}")),
            ]));
        }

        report.Document(new
        {
            Prompt = prompt.Text,
            completion.Text,
            completion.PromptTokens,
            completion.NewTokens,
            End = completion.End.ToString(),
            Tokens = hasLogProbs ? completion.Tokens.Select(token => new
            {
                Id = token.Token,
                Text = Named(tokenizer, token.Token),
                token.LogProb,
                Top = token.Top.Select(other => new { Id = other.Token, Text = Named(tokenizer, other.Token), other.LogProb }),
            }) : null,
        });
    }

    private static string Named(Tokenizer tokenizer, int token) => tokenizer.Decode([token], skipSpecialTokens: false, continues: true);

    private static string Quoted(Tokenizer tokenizer, int token) => $"'{Named(tokenizer, token).Replace("\n", "\\n", StringComparison.Ordinal)}'";

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}

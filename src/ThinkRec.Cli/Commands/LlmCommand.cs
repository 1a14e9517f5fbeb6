using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Models.Llm;

namespace ThinkRec.Cli.Commands;

/// <summary><c>llm</c>: what is done with language models alone.</summary>
internal sealed class LlmCommand : ICommand
{
    /// <inheritdoc/>
    public Command Build(Application application) => new("llm", "Get a language model; train a small one on text; look at a model folder; generate text.")
    {
        new LlmPullCommand().Build(application),
        new LlmPretrainCommand().Build(application),
        new LlmGenerateCommand().Build(application),
        new LlmInspectCommand().Build(application),
    };

    /// <summary>The option that inspecting and generating share.</summary>
    public static Option<FileSystemInfo> ModelOption() => new("--model")
    {
        Description = "A model folder, as of Hugging Face: config.json, tokenizer.json, model.safetensors or its shards; or a llama2.c checkpoint (.bin) or its folder.",
        Required = true,
        HelpName = "FOLDER",
    };

    /// <summary>How the projections are held; inspecting and generating share it.</summary>
    public static Option<string> QuantizeOption() => new Option<string>("--quantize")
    {
        Description = "int8 holds the layers' projections in a quarter of fp32's memory, each weight off by half a 127th of its row's largest at most; none as they are.",
        DefaultValueFactory = _ => "none",
        HelpName = "KIND",
    }.AcceptOnlyFromAmong("none", "int8");

    /// <summary>What <see cref="QuantizeOption"/> was given.</summary>
    /// <param name="call">The call.</param>
    /// <param name="option">The option.</param>
    public static Quantization Quantization(ParseResult call, Option<string> option) => Enum.Parse<Quantization>(call.GetValue(option)!, ignoreCase: true);
}

using System.CommandLine;
using ThinkRec.Cli.CommandLine;

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
}

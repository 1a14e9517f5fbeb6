using System.CommandLine;
using ThinkRec.Cli.CommandLine;

namespace ThinkRec.Cli.Commands;

/// <summary><c>tokenizer</c>: learn a tokenizer, and turn lines into token ids and back.</summary>
internal sealed class TokenizerCommand : ICommand
{
    /// <inheritdoc/>
    public Command Build(Application application) => new("tokenizer", "Train a tokenizer; encode and decode lines.")
    {
        new TokenizerTrainCommand().Build(application),
        new TokenizerEncodeCommand().Build(application),
        new TokenizerDecodeCommand().Build(application),
    };

    /// <summary>The option that encoding and decoding share.</summary>
    public static Option<string> PathOption() => new("--tokenizer")
    {
        Description = "A tokenizer.json, tokenizer.model, vocab.json with merges.txt, vocab.txt or tokenizer.bin, or the folder that holds one.",
        Required = true,
        HelpName = "PATH",
    };
}

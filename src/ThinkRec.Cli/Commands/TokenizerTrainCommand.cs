using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Text;

namespace ThinkRec.Cli.Commands;

/// <summary><c>tokenizer train</c>: a byte-level BPE tokenizer from text files.</summary>
internal sealed class TokenizerTrainCommand : ICommand
{
    private readonly Option<FileInfo[]> _input = new Option<FileInfo[]>("--input")
    {
        Description = "Text files in UTF-8; every line is a text.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private readonly Option<int> _size = new("--vocab-size")
    {
        Description = "Tokens at most, the 4 special ones and the 256 bytes included.",
        Required = true,
        HelpName = "N",
    };

    private readonly Option<DirectoryInfo> _out = new("--out")
    {
        Description = "Folder for tokenizer.json and tokenizer_config.json.",
        Required = true,
        HelpName = "DIR",
    };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("train", "Learn a byte-level BPE tokenizer from text files.") { _input, _size, _out };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        FileInfo[] input = call.GetRequiredValue(_input);
        string folder = call.GetRequiredValue(_out).FullName;
        for (string? path = folder; path is not null; path = Path.GetDirectoryName(path))
        {
            if (File.Exists(path))
            {
                throw new UsageException($"--out {folder} cannot be made: {path} is a file. Choose another name.");
            }
        }

        var options = new BpeTrainerOptions { VocabularySize = call.GetValue(_size) };
        long lines = 0;
        Tokenizer tokenizer = await Task.Run(() => BpeTrainer.Train(Texts(), options), cancellation).WaitAsync(cancellation);
        tokenizer.Save(folder);

        report.Line($"{tokenizer.VocabularySize} tokens from {lines} lines, written to {folder}.");
        report.Document(new { folder, tokenizer.VocabularySize, lines, tokenizer.Fingerprint });

        IEnumerable<string> Texts()
        {
            foreach (FileInfo file in input)
            {
                using FileStream stream = file.OpenRead();
                foreach ((_, string text) in new TextLines(stream, file.FullName).Read())
                {
                    cancellation.ThrowIfCancellationRequested();
                    lines++;
                    yield return text;
                }
            }
        }
    }
}

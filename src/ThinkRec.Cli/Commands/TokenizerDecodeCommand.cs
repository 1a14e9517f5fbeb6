using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Text;

namespace ThinkRec.Cli.Commands;

/// <summary><c>tokenizer decode</c>: a line of text for every line of token ids.</summary>
internal sealed class TokenizerDecodeCommand : ICommand
{
    private readonly Option<string> _path = TokenizerCommand.PathOption();

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("decode", "Standard input's lines of token ids as lines of text, special tokens left out.") { _path };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        bool isJson = call.GetValue<bool>("--json");
        List<string> all = [];
        await Task.Run(
            () =>
            {
                var tokenizer = Tokenizer.Load(call.GetRequiredValue(_path));
                using var output = new StreamWriter(Console.OpenStandardOutput(), bufferSize: 1 << 16) { NewLine = "\n" };
                foreach ((int line, string text) in new TextLines(Console.OpenStandardInput(), "standard input").Read())
                {
                    cancellation.ThrowIfCancellationRequested();
                    string decoded = tokenizer.Decode(Ids(text, line, tokenizer.VocabularySize));
                    if (isJson)
                    {
                        all.Add(decoded);
                    }
                    else
                    {
                        output.WriteLine(decoded);
                    }
                }
            },
            cancellation).WaitAsync(cancellation);
        report.Document(new { texts = all });
    }

    private static int[] Ids(string text, int line, int vocabularySize) => Array.ConvertAll(
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
        word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < vocabularySize
            ? id
            : throw new InvalidDataException(
                $"standard input:{line}: expected token ids from 0 to {vocabularySize - 1} with spaces between but found '{Shorten(word)}'. "
                + "Give the ids that 'thinkrec tokenizer encode' printed with the same tokenizer."));

    private static string Shorten(string word) => word.Length <= 40 ? word : word[..40] + "…";
}

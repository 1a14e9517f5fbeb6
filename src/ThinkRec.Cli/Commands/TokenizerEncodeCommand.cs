using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Text;

namespace ThinkRec.Cli.Commands;

/// <summary><c>tokenizer encode</c>: a line of token ids for every line of text.</summary>
internal sealed class TokenizerEncodeCommand : ICommand
{
    private const int MaxIdLength = 11;
    private readonly Option<string> _path = TokenizerCommand.PathOption();

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("encode", "Standard input's lines as lines of token ids, without special tokens.") { _path };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        bool isJson = call.GetValue<bool>("--json");
        List<int[]> all = [];
        await Task.Run(
            () =>
            {
                var tokenizer = Tokenizer.Load(call.GetRequiredValue(_path));
                using var output = new StreamWriter(Console.OpenStandardOutput(), bufferSize: 1 << 16) { NewLine = "\n" };
                List<int> ids = [];
                foreach ((_, string text) in new TextLines(Console.OpenStandardInput(), "standard input").Read())
                {
                    cancellation.ThrowIfCancellationRequested();
                    ids.Clear();
                    tokenizer.Encode(text, ids);
                    if (isJson)
                    {
                        all.Add([.. ids]);
                    }
                    else
                    {
                        Write(output, ids);
                    }
                }
            },
            cancellation).WaitAsync(cancellation);
        report.Document(new { ids = all });
    }

    private static void Write(StreamWriter output, List<int> ids)
    {
        Span<char> digits = stackalloc char[MaxIdLength];
        for (int i = 0; i < ids.Count; i++)
        {
            if (i > 0)
            {
                output.Write(' ');
            }

            ids[i].TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
            output.Write(digits[..length]);
        }

        output.WriteLine();
    }
}

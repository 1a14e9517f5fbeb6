using System.CommandLine;
using System.CommandLine.Invocation;

namespace ThinkRec.Cli.CommandLine;

/// <summary>The tool as a whole: parses a call, runs its command, and decides exit code and error line.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Progress and errors.</param>
/// <param name="isTerminal">Whether progress may overwrite itself.</param>
internal sealed class Application(TextWriter output, TextWriter error, bool isTerminal)
{
    private readonly Option<bool> _json = new("--json")
    {
        Description = "Write the result as one JSON document on standard output.",
        Recursive = true,
    };

    /// <summary>The commands there are.</summary>
    public required IReadOnlyList<ICommand> Commands { get; init; }

    /// <summary>Runs one call.</summary>
    /// <param name="arguments">The words after the tool's name.</param>
    /// <param name="cancellation">Stops the work; the exit code is then 130.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(string[] arguments, CancellationToken cancellation)
    {
        var root = new RootCommand("ThinkRec: recommendations by a language model that reasons.") { _json };
        foreach (ICommand command in Commands)
        {
            root.Add(command.Build(this));
        }

        // A word that begins with @ is what it says, a prompt or a user's id, and no file of further words.
        ParseResult call = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (call.Action is ParseErrorAction || call.Errors.Count > 0)
        {
            string problems = string.Join(" ", call.Errors.Select(problem => TerminalText.OneLine(problem.Message)));
            error.WriteLine($"error: {problems} See '{PathOf(call)} --help'.");
            return ExitCode.WrongCall;
        }

        var streams = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return await call.InvokeAsync(streams, cancellation);
    }

    /// <summary>Gives a command its work.</summary>
    /// <param name="command">The command.</param>
    /// <param name="work">Reads its options, does the work and reports; throws one of the known exceptions when it cannot.</param>
    public void Act(Command command, Func<ParseResult, IConsoleReport, CancellationToken, Task> work) =>
        command.SetAction(async (call, cancellation) =>
        {
            var report = new ConsoleReport(output, error, call.GetValue(_json), isTerminal);
            try
            {
                await work(call, report, cancellation);
                report.ClearProgress();
                return ExitCode.Done;
            }
            // The one place where an exception becomes a line.
            catch (Exception exception)
            {
                report.ClearProgress();
                var failure = Failure.From(exception, cancellation.IsCancellationRequested);
                error.WriteLine("error: " + failure.Line);
                if (Environment.GetEnvironmentVariable("THINKREC_TRACE") == "1")
                {
                    error.WriteLine(exception);
                }

                return failure.ExitCode;
            }
        });

    private static string PathOf(ParseResult call)
    {
        List<string> words = [];
        for (var result = call.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            words.Insert(0, result.Command is RootCommand ? "thinkrec" : result.Command.Name);
        }

        return string.Join(' ', words);
    }
}

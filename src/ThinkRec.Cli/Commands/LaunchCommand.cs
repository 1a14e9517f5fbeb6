using System.CommandLine;
using System.Text.Json;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Cli.Launching;
using ThinkRec.Training.Runs;

namespace ThinkRec.Cli.Commands;

/// <summary><c>launch</c>: a training in several processes of this machine.</summary>
internal sealed class LaunchCommand : ICommand
{
    private const int MostProcesses = 1024;
    private const string Resume = "--resume";
    private static readonly string[][] Launched = [["train"], ["llm", "pretrain"]];

    private readonly Option<int> _processes = new("--processes") { Description = "How many processes share each batch.", Required = true, HelpName = "N" };
    private readonly Option<int> _restarts = new("--restarts") { Description = "How often all start again from the last checkpoint when one is lost.", HelpName = "M" };
    private readonly Argument<string[]> _words = new("call") { Description = "After --: train … or llm pretrain …, with all its options.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _out = new("--out") { Hidden = true };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("launch", "Runs a training in several processes of this machine: thinkrec launch --processes 2 -- train thinkrec --data DIR --out DIR.")
        {
            _processes, _restarts, _words,
        };
        application.Act(command, LaunchAsync);
        return command;
    }

    private async Task LaunchAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        int size = InRange(_processes, call.GetValue(_processes), 1, MostProcesses);
        int restarts = InRange(_restarts, call.GetValue(_restarts), 0, int.MaxValue);
        List<string> words = [.. call.GetRequiredValue(_words)];
        if (!Launched.Any(start => words.Take(start.Length).SequenceEqual(start)))
        {
            throw new UsageException($"launch runs '{string.Join("' or '", Launched.Select(start => string.Join(' ', start)))}', and the call after -- begins with '{words[0]}'.");
        }

        bool isJson = call.GetValue<bool>("--json");
        if (isJson && !words.Contains("--json"))
        {
            words.Add("--json");
        }

        var group = new WorkerGroup(size, report);
        for (int restart = 0; await group.RunAsync(words, cancellation) is Worker lost; restart++)
        {
            cancellation.ThrowIfCancellationRequested();
            string told = lost.Describe();
            if (lost.ExitCode == ExitCode.WrongCall)
            {
                throw new UsageException(lost.LastWords);
            }

            if (restart == restarts)
            {
                throw new LaunchException($"{told}. The other processes were stopped. {GoOn(words)}");
            }

            report.Progress($"{told}; all start again, restart {restart + 1} of {restarts}");
            if (!words.Contains(Resume))
            {
                words.Add(Resume);
            }
        }

        if (isJson)
        {
            report.Document(JsonSerializer.Deserialize<JsonElement>(string.Join('\n', group.Output)));
        }
        else
        {
            group.Output.ToList().ForEach(report.Line);
        }
    }

    private static int InRange(Option<int> option, int value, int least, int most) => value >= least && value <= most ? value
        : throw new UsageException($"{option.Name} is {value}, expected {(most == int.MaxValue ? $"{least} or more" : $"{least} to {most}")}.");

    /// <summary>What the training can be gone on from.</summary>
    private string GoOn(List<string> words)
    {
        string? folder = new Command("call") { _out }.Parse([.. words], new ParserConfiguration { ResponseFileTokenReplacer = null }).GetValue(_out);
        string checkpoints = Path.Combine(folder ?? "", "checkpoints");
        string? newest = folder is null || !Directory.Exists(checkpoints) ? null
            : new DirectoryInfo(checkpoints).EnumerateFiles("*.safetensors").OrderByDescending(file => file.LastWriteTimeUtc).FirstOrDefault()?.FullName;
        return newest is not null ? $"The checkpoint {newest} is usable: the same call with {Resume} goes on from it."
            : File.Exists(Path.Combine(folder ?? "", RunDirectory.CardFile)) ? $"No checkpoint was written yet: the same call with {Resume} goes on after the last stage that is finished."
            : "Nothing was written yet.";
    }
}

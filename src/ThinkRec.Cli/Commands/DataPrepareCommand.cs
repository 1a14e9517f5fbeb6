using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;

namespace ThinkRec.Cli.Commands;

/// <summary><c>data prepare</c>: raw files, or the built-in world, to a prepared dataset.</summary>
internal sealed class DataPrepareCommand : ICommand
{
    private const string MovieLens = "ml-1m";
    private const string BuiltIn = "built-in";
    private static readonly BuiltInWorldOptions World = new();

    private readonly Argument<string> _name = new("NAME") { Description = $"The dataset: {MovieLens} or {BuiltIn}." };

    private readonly Option<DirectoryInfo> _out = new("--out")
    {
        Description = "Folder to write; new, empty, or holding a prepared dataset, which is replaced.",
        Required = true,
        HelpName = "DIR",
    };

    private readonly Option<DirectoryInfo> _raw = new Option<DirectoryInfo>("--raw")
    {
        Description = $"Folder of the raw files ({MovieLens}).",
        HelpName = "DIR",
    }.AcceptExistingOnly();

    private readonly Option<FileInfo> _texts = new Option<FileInfo>("--texts")
    {
        Description = $"Texts about the items, a .jsonl or .jsonl.gz file ({MovieLens}).",
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private readonly Option<int> _maxBad = new("--max-bad")
    {
        Description = $"Malformed lines that are left out before it is an error ({MovieLens}; default 0).",
        HelpName = "N",
    };

    private readonly Option<int> _testMonths = new("--test-months")
    {
        Description = $"Make the last N months of the validation window the test split, to try things on without the paper's ({MovieLens}; default 0).",
        HelpName = "N",
    };

    private readonly Option<long> _seed = new("--seed")
    {
        Description = $"Seed of the world ({BuiltIn}; default {World.Seed}).",
        HelpName = "N",
    };

    private readonly Option<int> _users = new("--users")
    {
        Description = $"Users of the world ({BuiltIn}; default {World.NumUsers}).",
        HelpName = "N",
    };

    private readonly Option<int> _items = new("--items")
    {
        Description = $"Items of the world ({BuiltIn}; default {World.NumItems}).",
        HelpName = "N",
    };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("prepare", "Make a prepared dataset from raw files or from the built-in world.")
        {
            _name, _raw, _out, _texts, _maxBad, _testMonths, _seed, _users, _items,
        };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        Func<Dataset> prepare = Source(call);
        string folder = call.GetRequiredValue(_out).FullName;
        Dataset.CheckFolder(folder);
        var (dataset, statistics) = await Task.Run(
            () =>
            {
                Dataset dataset = prepare();
                return (dataset, DatasetStatistics.Describe(dataset));
            },
            cancellation).WaitAsync(cancellation);

        // Not left alone when interrupted: the folder is written whole or not at all.
        dataset.Save(folder);
        DatasetDescription.Show(report, folder, dataset, statistics);
        report.Line($"Written to {folder}.");
    }

    private Func<Dataset> Source(ParseResult call)
    {
        switch (call.GetRequiredValue(_name))
        {
            case MovieLens:
                Refuse(call, MovieLens, _seed, _users, _items);
                string raw = call.GetValue(_raw)?.FullName
                    ?? throw new UsageException($"{MovieLens} is made from raw files; name their folder with --raw DIR.");
                var options = new MovieLensOptions { ItemTextsFile = call.GetValue(_texts)?.FullName, MaxBad = MaxBad(call), TestMonths = TestMonths(call) };
                return () => MovieLens1M.Prepare(raw, options);
            case BuiltIn:
                Refuse(call, BuiltIn, _raw, _texts, _maxBad, _testMonths);
                BuiltInWorldOptions world = Options(call);
                return () => BuiltInWorld.Generate(world).Dataset;
            case var other:
                throw new UsageException($"NAME: there is no dataset '{other}' to prepare; there are: {MovieLens}, {BuiltIn}.");
        }
    }

    private int MaxBad(ParseResult call) => call.GetValue(_maxBad) is >= 0 and var count
        ? count
        : throw new UsageException($"--max-bad must be 0 or more but is {call.GetValue(_maxBad)}.");

    private int TestMonths(ParseResult call) => call.GetValue(_testMonths) is >= 0 and <= MovieLensOptions.MaxTestMonths and var count
        ? count
        : throw new UsageException($"--test-months must be 0 to {MovieLensOptions.MaxTestMonths} but is {call.GetValue(_testMonths)}.");

    private BuiltInWorldOptions Options(ParseResult call) => new()
    {
        Seed = IsGiven(call, _seed) ? call.GetValue(_seed) : World.Seed,
        NumUsers = IsGiven(call, _users) ? call.GetValue(_users) : World.NumUsers,
        NumItems = IsGiven(call, _items) ? call.GetValue(_items) : World.NumItems,
    };

    private static void Refuse(ParseResult call, string name, params Option[] options)
    {
        if (options.FirstOrDefault(option => IsGiven(call, option)) is { } option)
        {
            throw new UsageException($"{option.Name} has no meaning for {name}; leave it out.");
        }
    }

    private static bool IsGiven(ParseResult call, Option option) => call.GetResult(option) is { Implicit: false };
}

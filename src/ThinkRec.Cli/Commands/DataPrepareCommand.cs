using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Data.Preparation;

namespace ThinkRec.Cli.Commands;

/// <summary><c>data prepare</c>: raw files, or the built-in world, to a prepared dataset.</summary>
internal sealed class DataPrepareCommand : ICommand
{
    private const string BuiltIn = "built-in";
    private static readonly BuiltInWorldOptions World = new();
    private static readonly string Names = string.Join(", ", RawDatasets.Names.Append(BuiltIn));

    private readonly Argument<string> _name = new("NAME") { Description = $"The dataset: {Names}." };

    private readonly Option<DirectoryInfo> _out = new("--out")
    {
        Description = "Folder to write; new, empty, or holding a prepared dataset, which is replaced.",
        Required = true,
        HelpName = "DIR",
    };

    private readonly RawDatasetCall _rawCall = new();

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
        var command = new Command("prepare", "Make a prepared dataset from raw files or from the built-in world.") { _name, _out };
        foreach (Option option in (IEnumerable<Option>)[.. _rawCall.Options, _seed, _users, _items])
        {
            command.Add(option);
        }

        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        Func<Dataset> prepare = Source(call, report);
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

    private Func<Dataset> Source(ParseResult call, IConsoleReport report)
    {
        string name = call.GetRequiredValue(_name);
        if (name == BuiltIn)
        {
            Refuse(call, name, _rawCall.Options);
            BuiltInWorldOptions world = Options(call);
            return () => BuiltInWorld.Generate(world).Dataset;
        }

        if (!RawDatasets.Names.Contains(name))
        {
            throw new UsageException($"NAME: there is no dataset '{name}' to prepare; there are: {Names}.");
        }

        Refuse(call, name, [.. _rawCall.Meaningless(name), _seed, _users, _items]);
        RawDatasetOptions options = _rawCall.Read(call, name) with { Meter = MeterOf(report) };
        return () => RawDatasets.Prepare(name, options);
    }

    private static ReadMeter MeterOf(IConsoleReport report)
    {
        var pace = new Pace();
        return new ReadMeter(progress =>
        {
            if (pace.IsDue())
            {
                report.Progress(string.Create(
                    CultureInfo.InvariantCulture, $"{progress.File}: {progress.Bytes / 1e6:0} of {progress.TotalBytes / 1e6:0} MB, {progress.Rows} rows"));
            }
        });
    }

    private BuiltInWorldOptions Options(ParseResult call) => new()
    {
        Seed = IsGiven(call, _seed) ? call.GetValue(_seed) : World.Seed,
        NumUsers = IsGiven(call, _users) ? call.GetValue(_users) : World.NumUsers,
        NumItems = IsGiven(call, _items) ? call.GetValue(_items) : World.NumItems,
    };

    private static void Refuse(ParseResult call, string name, IEnumerable<Option> options)
    {
        if (options.FirstOrDefault(option => IsGiven(call, option)) is { } option)
        {
            throw new UsageException($"{option.Name} has no meaning for {name}; leave it out.");
        }
    }

    private static bool IsGiven(ParseResult call, Option option) => call.GetResult(option) is { Implicit: false };
}

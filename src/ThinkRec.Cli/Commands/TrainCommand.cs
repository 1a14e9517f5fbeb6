using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Search;

namespace ThinkRec.Cli.Commands;

/// <summary><c>train</c>: trains a method on a prepared dataset.</summary>
internal sealed class TrainCommand : ICommand
{
    private readonly Argument<string> _method = new("method") { Description = $"One of {string.Join(", ", Methods.All)}." };
    private readonly Option<DirectoryInfo> _data = new("--data") { Description = "Folder of a prepared dataset.", Required = true, HelpName = "DIR" };
    private readonly Option<DirectoryInfo> _out = new("--out") { Description = "Folder of the run.", Required = true, HelpName = "DIR" };
    private readonly ConfigurationOptions _configuration = new("prompt.historyLength=20");
    private readonly Option<bool> _resume = new("--resume") { Description = "Goes on with the run in --out." };
    private readonly Option<string?> _stage = new("--stage") { Description = $"Stops after a stage: {string.Join("; ", Methods.OfLanguageModels.Select(m => $"{m} has {string.Join(", ", MethodPlan.Of(m).Stages)}"))}.", HelpName = "NAME" };

    private readonly Option<FileInfo?> _search = new("--search") { Description = "YAML file with values to try: trains every combination into --out and chooses by validation rows.", HelpName = "GRID" };

    private readonly Option<string> _device = DeviceOption.Make();

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        _method.AcceptOnlyFromAmong([.. Methods.All]);
        _stage.AcceptOnlyFromAmong([.. MethodPlan.AllStages]);
        var command = new Command("train", "Trains a method on a prepared dataset.") { _method, _data, _out, _configuration.Config, _configuration.Set, _resume, _stage, _search, _device };
        application.Act(command, (call, report, cancellation) => Task.Run(() => Train(call, report, cancellation), CancellationToken.None));
        return command;
    }

    private void Train(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        string method = call.GetRequiredValue(_method);
        string folder = call.GetRequiredValue(_data).FullName;
        string target = call.GetRequiredValue(_out).FullName;
        if (call.GetValue(_search) is FileInfo grid)
        {
            Search(call, method, grid, folder, target, report, cancellation);
            return;
        }

        var watcher = new ProgressWatcher(report);
        List<string> notes = watcher.Notes;
        using var parallel = DataParallel.FromEnvironment(DeviceOption.Read(call, _device));
        IReadOnlyList<StageResult> results = Methods.OfLanguageModels.Contains(method)
            ? TrainLanguageModel(call, MethodPlan.Of(method), folder, target, watcher, parallel, notes, cancellation)
            : TrainEncoder(call, method, folder, target, watcher, parallel, cancellation);
        if (!parallel.IsFirst)
        {
            return; // the first process tells of all
        }

        report.Table(
            ["stage", "best epoch", "epochs", "seconds", "validation"],
            results.Select(r => (IReadOnlyList<string>)[r.Stage, $"{r.BestEpoch}", $"{r.Epochs}", $"{r.Seconds}", ProgressWatcher.Text(r.Metrics)]));
        notes.ForEach(report.Line);
        report.Line($"The run is in {target}.");
        report.Document(new { Run = target, Method = method, Stages = results, Notes = notes });
    }

    private List<StageResult> TrainLanguageModel(
        ParseResult call, MethodPlan plan, string folder, string target, ITrainingWatcher watcher, DataParallel parallel, List<string> notes, CancellationToken cancellation)
    {
        Device device = DeviceOption.Read(call, _device);
        string? lastStage = plan.Until(call.GetValue(_stage))[^1];
        ThinkRecConfig read = _configuration.Load<ThinkRecConfig>(call, [], plan.Defaults);
        ThinkRecConfig config = plan.Resolve(read);
        if (plan.Unused(read).ToArray() is { Length: > 0 } unused)
        {
            notes.Add($"{plan.Method} has no use for what the configuration says under {string.Join(", ", unused)}.");
        }

        var dataset = Dataset.Load(folder);
        notes.AddRange(TrainingInputs.Require(config, dataset, folder));
        var run = RunDirectory.Start(target, plan.Method, dataset, config, call.GetValue(_resume), watcher, parallel);
        var runner = new StageRunner(run, config.Seed, TimeSpan.FromSeconds(config.CheckpointSeconds), cancellation) { Device = device };
        new ThinkRecTraining(config, dataset, folder, runner).Run(lastStage);
        return run.Results();
    }

    private List<StageResult> TrainEncoder(ParseResult call, string method, string folder, string target, ITrainingWatcher watcher, DataParallel parallel, CancellationToken cancellation)
    {
        EncoderRunConfig config = EncoderSettings(call, method, []);
        EncoderFolds.Require(config.Folds, config.Encoder);
        var dataset = Dataset.Load(folder);
        var run = RunDirectory.Start(target, method, dataset, config, call.GetValue(_resume), watcher, parallel);
        EncoderRun.Train(run, dataset, config, cancellation);
        return run.Results();
    }

    private EncoderRunConfig EncoderSettings(ParseResult call, string method, IReadOnlyList<string> changes)
    {
        EncoderRunConfig config = _configuration.Load<EncoderRunConfig>(call, changes);
        return config with { Encoder = config.Encoder with { Method = Enum.GetValues<EncoderMethod>().Single(encoder => Methods.Of(encoder) == method) } };
    }

    private void Search(ParseResult call, string method, FileInfo file, string folder, string target, IConsoleReport report, CancellationToken cancellation)
    {
        if (WorkerVariables.Read(Environment.GetEnvironmentVariable) is not null)
        {
            throw new UsageException("--search trains its trials one after another in one process, and WORLD_SIZE names several. Unset RANK and WORLD_SIZE, or train one trial's settings.");
        }

        if (method != Methods.ThinkRec && Methods.OfLanguageModels.Contains(method))
        {
            throw new UsageException($"--search tries settings of {Methods.ThinkRec} or of an encoder ({string.Join(", ", Methods.All.Except(Methods.OfLanguageModels))}), and {method} is neither. Search with {Methods.ThinkRec}, whose stages and settings are the same, then train {method} with the settings found.");
        }

        SearchGrid grid = ConfigurationFile.Load<SearchGrid>(file.FullName, []);
        var dataset = new Lazy<Dataset>(() => Dataset.Load(folder));
        if (!Methods.OfLanguageModels.Contains(method))
        {
            var plan = SearchPlan.Resolve(grid, file.FullName, changes => EncoderSettings(call, method, changes));
            Run(plan, new EncoderTrials(dataset.Value, method), []);
            return;
        }

        Device device = DeviceOption.Read(call, _device);
        var trials = SearchPlan.Resolve(grid, file.FullName, changes => _configuration.Load<ThinkRecConfig>(call, changes));
        string[] notes = [.. trials.Trials.SelectMany(trial => TrainingInputs.Require(trial.Config, dataset.Value, folder)).Distinct()];
        Run(trials, new ThinkRecTrials(dataset.Value, folder, call.GetValue(_stage), device), notes);

        void Run<TConfig>(SearchPlan<TConfig> plan, TrialTraining<TConfig> training, string[] notes) where TConfig : class
        {
            List<string> told = [.. notes];
            SearchResult found = SettingsSearch.Run(
                target, plan, training, dataset.Value, call.GetValue(_resume), trial => new ProgressWatcher(report, $"trial {trial.Name} of {plan.Trials[^1].Name}, ", told), cancellation);
            Report(method, grid, found, target, told, report);
        }
    }

    private static void Report(string method, SearchGrid grid, SearchResult found, string target, List<string> notes, IConsoleReport report)
    {
        string best = Path.Combine(target, SettingsSearch.BestFile);
        report.Table(
            ["trial", .. grid.Grid.Select(entry => entry.Key), "best epoch", "epochs", "seconds", "AUC", "UAUC", "rung"],
            found.Trials.Select(t => (IReadOnlyList<string>)[$"{t.Trial:000}", .. t.Values, $"{t.BestEpoch}", $"{t.Epochs}", $"{t.Seconds}", Figure(t.Auc), Figure(t.Uauc), $"{t.Rung}"]));
        notes.ForEach(report.Line);
        report.Line($"Chosen on the validation rows alone: trial {found.Best.Trial:000}, whose settings are in {best}. No label of the test split was read.");
        report.Document(new
        {
            Search = target,
            Method = method,
            Metric = $"{grid.Metric}".ToLowerInvariant(),
            Best = found.Best.Trial,
            BestSettings = best,
            Keys = grid.Grid.Select(entry => entry.Key),
            found.Trials,
            Notes = notes,
        });
    }

    private static string Figure(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";
}

/// <summary>Shows how a training goes.</summary>
internal sealed class ProgressWatcher(IConsoleReport report, string prefix = "", List<string>? notes = null) : ITrainingWatcher
{
    /// <summary>What the user should know of, to be told once more at the end.</summary>
    internal List<string> Notes { get; } = notes ?? [];

    public void Step(TrainingRecord record)
    {
        string loss = record.Values["loss"].ToString("0.0000", CultureInfo.InvariantCulture);
        report.Progress($"{prefix}{record.Stage}: step {record.Step} of at most {record.TotalSteps}, loss {loss}{Speed(record)}");
    }

    public void Epoch(TrainingRecord record) => report.Progress($"{prefix}{record.Stage}: epoch {record.Epoch}, {Text(record.Values)}");

    public void Note(string text)
    {
        report.Progress($"{prefix}{text}");
        Notes.Add($"{prefix}{text}");
    }

    private static string Speed(TrainingRecord record)
    {
        if (!record.Values.TryGetValue("stepsPerSecond", out double steps) || record.Step == 0)
        {
            return "";
        }

        string tokens = record.Values.TryGetValue("tokensPerSecond", out double rate) ? $", {rate.ToString("0", CultureInfo.InvariantCulture)} tokens/s" : "";
        var left = TimeSpan.FromSeconds(Math.Min((record.TotalSteps - record.Step) / steps, TimeSpan.FromDays(999).TotalSeconds));
        string time = left.ToString(left.TotalHours < 1 ? @"m\:ss" : left.TotalDays < 1 ? @"h\:mm\:ss" : @"d\.hh\:mm", CultureInfo.InvariantCulture);
        return $"{tokens}, at most {time} of training left";
    }

    internal static string Text(IReadOnlyDictionary<string, double> metrics) =>
        string.Join(", ", metrics.Select(m => $"{m.Key} {m.Value.ToString("0.0000", CultureInfo.InvariantCulture)}"));
}

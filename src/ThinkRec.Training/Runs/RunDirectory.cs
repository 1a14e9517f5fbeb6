using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Data;
using ThinkRec.Files;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Runs;

/// <summary>What a run is, for whoever opens its folder.</summary>
public sealed record RunCard
{
    /// <summary>Version of the folder's layout.</summary>
    public int FormatVersion { get; init; } = 1;

    /// <summary>Method, such as <c>thinkrec</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Name of the dataset; for a run on texts, the names of the files.</summary>
    public required string Dataset { get; init; }

    /// <summary>Fingerprint of the dataset, or of the texts.</summary>
    public required string DatasetFingerprint { get; init; }

    /// <summary>Fingerprint of method, configuration and data; checkpoints of another one are refused.</summary>
    public required string Identity { get; init; }
}

/// <summary>How a stage ended.</summary>
/// <param name="Stage">Name.</param>
/// <param name="BestEpoch">Epoch of the weights kept, from 1; 0 when no epoch was better than the start.</param>
/// <param name="Epochs">Epochs trained.</param>
/// <param name="Seconds">Time of this process spent on it.</param>
/// <param name="Metrics">Validation metrics at the best epoch.</param>
public sealed record StageResult(string Stage, int BestEpoch, int Epochs, double Seconds, IReadOnlyDictionary<string, double> Metrics);

/// <summary>The folder of one training: configuration, log, checkpoints and product.</summary>
public sealed class RunDirectory : ITrainingWatcher
{
    /// <summary>Name of the card file.</summary>
    public const string CardFile = "run.json";

    /// <summary>Name of the resolved configuration.</summary>
    public const string ResolvedFile = "resolved.yaml";

    private const string LogFile = "metrics.jsonl";
    private const string EventFolder = "tensorboard";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly ITrainingWatcher? _watcher;
    private readonly MetricsLog _log;
    private readonly TensorBoardLog _events;

    // In all processes but the first: stages that have ended, as the first saw them. What it has just written may not be seen on other machines at once.
    private Dictionary<string, StageResult>? _told;

    private RunDirectory(string folder, RunCard card, ITrainingWatcher? watcher)
    {
        Folder = folder;
        Card = card;
        _watcher = watcher;
        _log = new MetricsLog(PathOf(LogFile));
        _events = new TensorBoardLog(PathOf(EventFolder), TimeProvider.System);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>What the run is.</summary>
    public RunCard Card { get; }

    /// <summary>The processes that train the run together; only the first writes into the folder, which all must see.</summary>
    public DataParallel Parallel { get; private init; } = DataParallel.Alone;

    /// <summary>Starts a run, or goes on with one.</summary>
    /// <param name="folder">Target; new, empty, or with <paramref name="resume"/> a run of the same identity.</param>
    /// <param name="method">Method name.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="config">Resolved configuration.</param>
    /// <param name="resume">Whether an existing run may be gone on with.</param>
    /// <param name="watcher">Also told of steps and epochs; null for nobody.</param>
    /// <param name="parallel">The processes that train together; null for this one alone.</param>
    /// <returns>The run.</returns>
    /// <exception cref="ConfigurationException">The folder holds something else.</exception>
    public static RunDirectory Start(
        string folder, string method, Dataset dataset, object config, bool resume, ITrainingWatcher? watcher, DataParallel? parallel = null) =>
        Start(folder, method, TrainingData.Of(dataset), config, resume, watcher, parallel: parallel);

    /// <summary>Starts a run, or goes on with one.</summary>
    /// <param name="folder">Target; new, empty, or with <paramref name="resume"/> a run of the same identity.</param>
    /// <param name="method">Method name.</param>
    /// <param name="data">What it is trained on.</param>
    /// <param name="config">Resolved configuration.</param>
    /// <param name="resume">Whether an existing run may be gone on with.</param>
    /// <param name="watcher">Also told of steps and epochs; null for nobody.</param>
    /// <param name="prepare">Called for a new run before anything is written: what it throws leaves no folder.</param>
    /// <param name="parallel">The processes that train together; null for this one alone.</param>
    /// <returns>The run.</returns>
    /// <exception cref="ConfigurationException">The folder holds something else.</exception>
    public static RunDirectory Start(
        string folder, string method, TrainingData data, object config, bool resume, ITrainingWatcher? watcher, Action? prepare = null, DataParallel? parallel = null)
    {
        parallel ??= DataParallel.Alone;
        string resolved = YamlWriter.Text(config);
        var card = new RunCard
        {
            Method = method,
            Dataset = data.Name,
            DatasetFingerprint = data.Fingerprint,
            Identity = Fingerprints.Of($"{method}\n{data.Fingerprint}\n{resolved}"),
        };
        var run = new RunDirectory(folder, card, watcher) { Parallel = parallel };
        List<StageResult> ended = parallel.FromFirst(() =>
        {
            if (!Continues(folder, card, resume))
            {
                prepare?.Invoke();
            }

            Directory.CreateDirectory(folder);
            // The card first: with it, a run that is killed or finds the disk full here can be gone on with.
            AtomicFile.WriteAllText(Path.Combine(folder, CardFile), JsonSerializer.Serialize(card, Json) + "\n");
            AtomicFile.WriteAllText(Path.Combine(folder, ResolvedFile), resolved);
            AtomicFile.WriteAllText(Path.Combine(folder, "environment.json"), JsonSerializer.Serialize(EnvironmentFacts(parallel), Json) + "\n");
            run.Tidy();
            return parallel.Size > 1 ? run.Results() : [];
        });
        run._told = parallel.IsFirst ? null : ended.ToDictionary(result => result.Stage);
        return run;
    }

    /// <summary>Opens a finished run.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="dataset">The dataset it shall be used with.</param>
    /// <returns>The run.</returns>
    /// <exception cref="ConfigurationException">There is no run, or it was trained on another dataset.</exception>
    public static RunDirectory Open(string folder, Dataset dataset)
    {
        RunCard card = ReadCard(folder);
        if (card.Method == Methods.Pretrain)
        {
            throw new ConfigurationException(folder, ["the run trained a language model alone; name its llm folder as llm.path in a configuration of `thinkrec train thinkrec`"]);
        }

        if (card.Method == Methods.Search)
        {
            throw new ConfigurationException(folder, ["it holds a search; name one of its trials, such as trials/001, or train a run with its best.yaml"]);
        }

        return card.DatasetFingerprint == dataset.Fingerprint() ? new RunDirectory(folder, card, null)
            : throw new ConfigurationException(folder, [$"the run was trained on dataset '{card.Dataset}', whose files differ from those of '{dataset.Name}' given with --data"]);
    }

    /// <summary>Reads the card of a run.</summary>
    /// <param name="folder">Its folder.</param>
    /// <returns>The card.</returns>
    /// <exception cref="ConfigurationException">There is none, or it is damaged.</exception>
    public static RunCard ReadCard(string folder)
    {
        string path = Path.Combine(folder, CardFile);
        try
        {
            return !File.Exists(path) ? throw new ConfigurationException(folder, [$"there is no {CardFile}; a run is made by `thinkrec train`"])
                : JsonSerializer.Deserialize<RunCard>(File.ReadAllText(path), Json) ?? throw new JsonException("expected an object but found null");
        }
        catch (JsonException e)
        {
            throw new ConfigurationException(path, [$"{e.Message.TrimEnd('.')}; restore the file, or train the run again in another folder"]);
        }
    }

    /// <summary>A path inside the run.</summary>
    /// <param name="name">Relative path.</param>
    /// <returns>The full path.</returns>
    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>The result of a stage that ended earlier.</summary>
    /// <param name="stage">Stage name.</param>
    /// <returns>The result; null when the stage has not ended.</returns>
    public StageResult? Result(string stage)
    {
        if (_told is not null)
        {
            return _told.GetValueOrDefault(stage);
        }

        string path = PathOf($"stages/{stage}.json");
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<StageResult>(File.ReadAllText(path), Json) : null;
        }
        catch (JsonException e)
        {
            throw new ConfigurationException(path, [$"{e.Message.TrimEnd('.')}; delete the file and train with --resume to do this stage again"]);
        }
    }

    /// <summary>Results of all stages that have ended, in the order of their ending.</summary>
    /// <returns>The results.</returns>
    public List<StageResult> Results() => _told is not null ? [.. _told.Values] : !Directory.Exists(PathOf("stages")) ? []
        : [.. new DirectoryInfo(PathOf("stages")).EnumerateFiles("*.json").OrderBy(f => f.LastWriteTimeUtc).ThenBy(f => f.Name)
            .Select(f => Result(Path.GetFileNameWithoutExtension(f.Name))!)];

    /// <summary>Records that a stage has ended and its product is saved; its checkpoints are deleted. Processes that train together all call it, and wait for the first.</summary>
    /// <param name="result">How it ended.</param>
    public void Complete(StageResult result)
    {
        if (_told is null)
        {
            Mark(result);
        }
        else
        {
            _told[result.Stage] = result;
        }

        Parallel.Barrier();
    }

    private void Mark(StageResult result)
    {
        Directory.CreateDirectory(PathOf("stages"));
        AtomicFile.WriteAllText(PathOf($"stages/{result.Stage}.json"), JsonSerializer.Serialize(result, Json) + "\n");
        DeleteCheckpoints(result.Stage);
    }

    /// <summary>Where a stage's checkpoint lies.</summary>
    /// <param name="stage">Stage name.</param>
    /// <returns>The path.</returns>
    public string CheckpointPath(string stage) => PathOf($"checkpoints/{stage}.safetensors");

    /// <inheritdoc/>
    public void Step(TrainingRecord record)
    {
        _log.Add(record, isEpoch: false);
        _events.Add(record, isEpoch: false);
        _watcher?.Step(record);
    }

    /// <inheritdoc/>
    public void Epoch(TrainingRecord record)
    {
        _log.Add(record, isEpoch: true);
        _events.Add(record, isEpoch: true);
        _watcher?.Epoch(record);
    }

    /// <inheritdoc/>
    public void Begin(string stage, TrainerState state)
    {
        _log.Rewind(stage, state);
        _watcher?.Begin(stage, state);
    }

    /// <inheritdoc/>
    public void Note(string text) => _watcher?.Note(text);

    /// <summary>Deletes what a process that was killed left behind: half-written files, and checkpoints of stages that have ended.</summary>
    private void Tidy()
    {
        Leftovers.Delete(Folder);
        string stages = PathOf("stages");
        foreach (string stage in Directory.Exists(stages) ? Directory.EnumerateFiles(stages, "*.json").Select(Path.GetFileNameWithoutExtension).OfType<string>() : [])
        {
            DeleteCheckpoints(stage);
        }
    }

    private void DeleteCheckpoints(string stage)
    {
        foreach (string file in TrainerCheckpoint.Files(CheckpointPath(stage)).Where(File.Exists))
        {
            File.Delete(file);
        }
    }

    /// <summary>Whether the folder holds this very run, to be gone on with; false when it can take a new one.</summary>
    private static bool Continues(string folder, RunCard card, bool resume)
    {
        if (File.Exists(Path.Combine(folder, CardFile)))
        {
            RunCard existing = ReadCard(folder);
            string? problem = !resume ? "a run is there already; add --resume to go on with it, or choose another folder"
                : existing.Identity != card.Identity ? "the run there has another method, configuration or data; resume it as it was started, or choose another folder"
                : null;
            return problem is null ? true : throw new ConfigurationException(folder, [problem]);
        }

        for (string? path = Path.GetFullPath(folder); path is not null; path = Path.GetDirectoryName(path))
        {
            if (File.Exists(path))
            {
                throw new ConfigurationException(folder, [$"{path} is a file; choose another folder"]);
            }
        }

        return !Directory.Exists(folder) || Directory.EnumerateFileSystemEntries(folder).All(entry => Leftovers.IsOf(entry, CardFile)) ? false
            : throw new ConfigurationException(folder, ["the folder is not empty and holds no run; choose another folder"]);
    }

    private static Dictionary<string, object> EnvironmentFacts(DataParallel parallel) => new()
    {
        ["thinkrec"] = typeof(RunDirectory).Assembly.GetName().Version?.ToString() ?? "",
        ["dotnet"] = Environment.Version.ToString(),
        ["libtorch"] = Engine.Version,
        ["blas"] = Engine.BlasCore,
        ["threads"] = Engine.Threads,
        ["os"] = System.Runtime.InteropServices.RuntimeInformation.OSDescription,
        ["processors"] = Environment.ProcessorCount,
        ["processes"] = parallel.Size,
    };
}

using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Loop;

/// <summary>
/// Everything a stage needs to go on, in one file with a checksum: weights, the best weights, optimizer state, position. The one before is kept beside it,
/// and is used where the last one is damaged.
/// </summary>
internal sealed class TrainerCheckpoint(string path, Stage stage, string identity)
{
    private const string Suffix = ".safetensors";
    private const string ValuePrefix = "param/";
    private const string BestPrefix = "best/";
    private const string OptimizerPrefix = "optim/";
    private const string BestKey = "best";
    private const string NoBest = "none";
    private const string BestInFile = "stored";

    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    internal bool Exists => Files(path).Any(File.Exists);

    /// <summary>The files that a stage's checkpoint may consist of: the last one, and the one before.</summary>
    internal static string[] Files(string path) => [path, Before(path)];

    /// <summary>Writes a checkpoint; while that lasts, and if it goes wrong, there is the one before.</summary>
    internal void Save(TrainerState state, Optimizer optimizer, BestWeights best)
    {
        using var scope = TensorScope.Begin();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var tensors = stage.Parameters.Select(p => (ValuePrefix + p.Key, p.Value))
            .Concat(best.Values.Select((v, i) => (BestPrefix + stage.Parameters[i].Key, v)))
            .Concat(optimizer.State().Select(s => (OptimizerPrefix + s.Key, s.Value)));
        var texts = new Dictionary<string, string>
        {
            ["state"] = JsonSerializer.Serialize(state, Json),
            ["stage"] = stage.Name,
            ["identity"] = identity,
            [BestKey] = best.Values.Count > 0 ? BestInFile : NoBest,
        };
        if (File.Exists(path))
        {
            File.Move(path, Before(path), overwrite: true);
        }

        SafetensorsWriter.Write(path, tensors, texts, withChecksum: true);
    }

    /// <summary>Reads the last checkpoint, or the one before where that is damaged.</summary>
    /// <param name="optimizer">Gets its state back.</param>
    /// <param name="best">Gets the best weights back.</param>
    /// <param name="note">Told of a damaged file.</param>
    /// <exception cref="CheckpointException">No file is sound.</exception>
    /// <exception cref="ConfigurationException">They belong to another training.</exception>
    internal TrainerState Load(Optimizer optimizer, BestWeights best, Action<string> note)
    {
        var damaged = new List<(string File, string What)>();
        foreach (string file in Files(path).Where(File.Exists))
        {
            try
            {
                TrainerState state = Read(file, optimizer, best);
                foreach ((string bad, string what) in damaged)
                {
                    // It must not take the place of the one before when the next is written.
                    File.Delete(bad);
                    note($"{what}. The checkpoint before it is used: stage {stage.Name} goes on from step {state.Step}.");
                }

                return state;
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or CheckpointException)
            {
                damaged.Add((file, $"{file} is damaged ({e.Message.TrimEnd('.')})"));
            }
        }

        string remedy = damaged.Count > 1 ? "Delete both and resume" : "Delete it and resume";
        throw new CheckpointException($"{string.Join(", and ", damaged.Select(d => d.What))}. {remedy}: the stage starts again from its beginning.");
    }

    private TrainerState Read(string source, Optimizer optimizer, BestWeights best)
    {
        using var file = SafetensorsFile.Open(source);
        file.RequireChecksum();
        if (file.Metadata["identity"] != identity)
        {
            throw new ConfigurationException(source, ["it was made under another configuration or on other data; resume with the configuration it was started with, or train into a new folder"]);
        }

        foreach (Parameter parameter in stage.Parameters)
        {
            file.ReadInto(ValuePrefix + parameter.Key, parameter.Value);
        }

        TrainerState state = JsonSerializer.Deserialize<TrainerState>(file.Metadata["state"], Json) ?? throw new JsonException("the state is null");
        best.Dispose();
        if (file.Metadata[BestKey] == BestInFile)
        {
            best.Take();
            foreach ((Tensor value, Parameter parameter) in best.Values.Zip(stage.Parameters))
            {
                file.ReadInto(BestPrefix + parameter.Key, value);
            }
        }

        optimizer.LoadState(file, OptimizerPrefix);
        return state;
    }

    private static string Before(string path) => (path.EndsWith(Suffix, StringComparison.Ordinal) ? path[..^Suffix.Length] : path) + ".before" + Suffix;
}

/// <summary>A copy of the parameters at the best epoch.</summary>
internal sealed class BestWeights(Stage stage) : IDisposable
{
    internal List<Tensor> Values { get; } = [];

    internal void Take()
    {
        Dispose();
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Values.AddRange(stage.Parameters.Select(p => p.Value.Detach().Clone().Own()));
    }

    internal void Restore()
    {
        using var noGrad = NoGrad.Begin();
        foreach ((Tensor value, Parameter parameter) in Values.Zip(stage.Parameters))
        {
            parameter.Value.CopyInPlace(value);
        }
    }

    public void Dispose()
    {
        Values.ForEach(v => v.Dispose());
        Values.Clear();
    }
}

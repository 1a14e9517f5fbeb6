using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Loop;

/// <summary>One file with everything a stage needs to go on: weights, the best weights, optimizer state, position.</summary>
internal sealed class TrainerCheckpoint(string path, Stage stage, string identity)
{
    private const string ValuePrefix = "param/";
    private const string BestPrefix = "best/";
    private const string OptimizerPrefix = "optim/";

    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    internal bool Exists => File.Exists(path);

    internal void Save(TrainerState state, Optimizer optimizer, BestWeights best)
    {
        using var scope = TensorScope.Begin();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var tensors = stage.Parameters.Select(p => (ValuePrefix + p.Key, p.Value))
            .Concat(best.Values.Select((v, i) => (BestPrefix + stage.Parameters[i].Key, v)))
            .Concat(optimizer.State().Select(s => (OptimizerPrefix + s.Key, s.Value)));
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>
        {
            ["state"] = JsonSerializer.Serialize(state, Json),
            ["stage"] = stage.Name,
            ["identity"] = identity,
        });
    }

    internal TrainerState Load(Optimizer optimizer, BestWeights best)
    {
        try
        {
            return Read(optimizer, best);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or CheckpointException)
        {
            throw new CheckpointException($"{path} is damaged ({e.Message.TrimEnd('.')}). Delete it and resume: the stage starts again from its beginning.", e);
        }
    }

    private TrainerState Read(Optimizer optimizer, BestWeights best)
    {
        using var file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("identity") != identity)
        {
            throw new ConfigurationException(path, ["it was made under another configuration or on other data; resume with the configuration it was started with, or train into a new folder"]);
        }

        foreach (Parameter parameter in stage.Parameters)
        {
            file.ReadInto(ValuePrefix + parameter.Key, parameter.Value);
        }

        TrainerState state = JsonSerializer.Deserialize<TrainerState>(file.Metadata["state"], Json)!;
        if (state.BestMetrics.Count > 0 || state.BestEpoch > 0)
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

    internal void Delete() => File.Delete(path);
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

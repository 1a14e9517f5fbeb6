using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Files;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Runs;

/// <summary>The numbers of a run, a line of JSON each. A training that is gone on with leaves the lines that one that was never stopped would have left.</summary>
/// <param name="path">The file.</param>
internal sealed class MetricsLog(string path)
{
    private const string Steps = "step";
    private const string Epochs = "epoch";

    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Adds a line.</summary>
    internal void Add(TrainingRecord record, bool isEpoch)
    {
        var line = new Dictionary<string, object> { ["kind"] = isEpoch ? Epochs : Steps, ["stage"] = record.Stage, ["epoch"] = record.Epoch, ["step"] = record.Step };
        foreach ((string name, double value) in record.Values)
        {
            line[name] = value;
        }

        File.AppendAllText(path, JsonSerializer.Serialize(line, Json) + "\n");
    }

    /// <summary>Takes back what was told of a stage after the state that it goes on from, and a last line that was cut short.</summary>
    internal void Rewind(string stage, TrainerState state)
    {
        if (!File.Exists(path))
        {
            return;
        }

        string text = File.ReadAllText(path);
        string[] lines = text.Split('\n');
        string[] kept = [.. lines[..^1].Where(line => !IsLater(line, stage, state))];
        if (kept.Length < lines.Length - 1 || lines[^1].Length > 0)
        {
            AtomicFile.WriteLines(path, kept);
        }
    }

    private static bool IsLater(string line, string stage, TrainerState state)
    {
        try
        {
            Place? place = JsonSerializer.Deserialize<Place>(line, Json);
            return place?.Stage == stage
                && (state.Step == 0 || (place.Kind == Epochs ? place.Epoch > state.Epoch : place.Step >= state.Step));
        }
        catch (JsonException)
        {
            return false; // somebody else's line
        }
    }

    private sealed record Place(
        [property: JsonPropertyName("kind")] string? Kind,
        [property: JsonPropertyName("stage")] string? Stage,
        [property: JsonPropertyName("epoch")] int Epoch,
        [property: JsonPropertyName("step")] int Step);
}

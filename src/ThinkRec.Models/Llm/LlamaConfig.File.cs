using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ThinkRec.Files;
using ThinkRec.Models.Llm.Families;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

public sealed partial record LlamaConfig
{
    private const long MaxFileBytes = 1 << 20;

    /// <summary>Reads a <c>config.json</c>; keys that no family here uses are ignored, as everywhere.</summary>
    /// <param name="folder">A model folder.</param>
    /// <returns>The config, validated.</returns>
    /// <exception cref="CheckpointException">The file is missing, not JSON, or describes a model that is not built here.</exception>
    public static LlamaConfig Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        JsonObject json = ModelJson.Read(path, MaxFileBytes)
            ?? throw new CheckpointException($"{path} is not there. A model folder holds {FileName}, tokenizer.json and model.safetensors.");
        LlamaConfig config;
        try
        {
            config = Parse(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new CheckpointException($"{path}: {e.Message}");
        }

        string[] problems = [.. config.Problems(), .. json["quantization_config"] is JsonObject ? ["quantization_config says that the weights are quantized, which is not built; use the model as it was before"] : Array.Empty<string>()];
        return problems.Length == 0 ? config
            : throw new CheckpointException($"{path} has {problems.Length} problem(s): {string.Join("; ", problems)}.");
    }

    /// <summary>Writes <c>config.json</c>.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="dtype">Element type of the weights beside it.</param>
    public void Save(string folder, DType dtype = DType.Float32)
    {
        var options = new JsonSerializerOptions { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
        var json = JsonSerializer.SerializeToNode(this, options)!.AsObject();
        foreach (string key in Family.Defaults.Keys.Where(key => !json.ContainsKey(key)))
        {
            // Left out, it would mean the family's default.
            json[key] = key switch
            {
                "head_dim" => HeadSize,
                "num_key_value_heads" => KeyValueHeads,
                "max_window_layers" => MaxWindowLayers,
                _ => null,
            };
        }

        json["architectures"] = new JsonArray(Family.Architecture);
        json["torch_dtype"] = dtype.ToString().ToLowerInvariant();
        AtomicFile.WriteAllText(Path.Combine(folder, FileName), json.ToJsonString(options) + "\n");
    }

    private static LlamaConfig Parse(JsonObject json)
    {
        var own = new JsonObject(json.Where(entry => entry.Key != "rope_parameters").Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone())));
        if (json["rope_parameters"] is JsonObject rope)
        {
            TakeRope(own, rope);
        }

        if (DecoderFamilies.Find(json["model_type"] is JsonValue type && type.TryGetValue(out string? name) ? name : "llama") is DecoderFamily family)
        {
            foreach ((string key, JsonNode value) in family.Defaults.Where(entry => !own.ContainsKey(entry.Key)))
            {
                own[key] = value.DeepClone();
            }
        }

        return own.Deserialize<LlamaConfig>()!;
    }

    /// <summary>Newer configs keep the base and the scaling of the rotation in one object.</summary>
    private static void TakeRope(JsonObject config, JsonObject rope)
    {
        if (rope.FirstOrDefault(entry => entry.Value is JsonObject).Key is string nested)
        {
            throw new JsonException($"rope_parameters.{nested} is an object: rotations that differ by kind of layer are not built. Use a checkpoint with one rotation.");
        }

        foreach (string key in new[] { "rope_theta", "partial_rotary_factor" })
        {
            if (rope[key] is JsonNode value)
            {
                config[key] = value.DeepClone();
            }
        }

        config["rope_scaling"] = new JsonObject(rope.Where(entry => entry.Key is not ("rope_theta" or "partial_rotary_factor")).Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone())));
    }
}

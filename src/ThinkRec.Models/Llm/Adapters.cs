using System.Text.Json;
using System.Text.Json.Nodes;
using ThinkRec.Files;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>Named LoRA adapters on a model: made, copied, saved and loaded in Python peft's file layout.</summary>
public static class Adapters
{
    /// <summary>Name of the settings file in an adapter folder.</summary>
    public const string ConfigFile = "adapter_config.json";

    /// <summary>Name of the weights file in an adapter folder.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    private const string KeyPrefix = "base_model.model";

    /// <summary>Settings of peft that change what an adapter computes or holds.</summary>
    private static readonly string[] UnbuiltSettings =
        ["use_rslora", "use_dora", "fan_in_fan_out", "lora_bias", "rank_pattern", "alpha_pattern", "modules_to_save"];

    /// <summary>Puts a fresh adapter on every target projection; it changes nothing until it is trained.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name of the adapter.</param>
    /// <param name="config">Rank, scale and targets.</param>
    /// <param name="generator">Source of the initial weights, borrowed.</param>
    /// <exception cref="ArgumentException">A target matches no projection.</exception>
    public static void Create(LlamaModel model, string name, LoraConfig config, Generator generator)
    {
        string[] known = [.. model.Projections.Select(p => p.Name).Distinct()];
        string[] unknown = [.. config.TargetModules.Except(known)];
        if (unknown.Length > 0)
        {
            throw new ArgumentException($"LoRA target modules {string.Join(", ", unknown)} match no projection (have: {string.Join(", ", known)}).");
        }

        RequireFree(model, name);
        Attach(model, name, config, new FreshWeights(generator), p => true);
    }

    /// <summary>Makes an adapter that starts as another one: shared below a layer, a copy of its own from there on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="from">An adapter on the model.</param>
    /// <param name="name">Name of the new one.</param>
    /// <param name="config">Settings of both.</param>
    /// <param name="firstLayer">The first layer that gets its own weights.</param>
    /// <exception cref="ArgumentException">There is no adapter to start from, or the name is taken.</exception>
    public static void Fork(LlamaModel model, string from, string name, LoraConfig config, int firstLayer)
    {
        RequireFree(model, name);
        if (!Has(model, from))
        {
            throw new ArgumentException($"There is no adapter '{from}' to start '{name}' from. Create or load it first.");
        }

        foreach (Projection projection in model.Projections.Where(p => p.Linear.Adapters.ContainsKey(from)))
        {
            if (projection.Layer < firstLayer)
            {
                projection.Linear.ShareAdapter(name, from);
            }
            else
            {
                var copy = new CopiedWeights(projection.Linear.Adapters[from]);
                projection.Linear.AddAdapter(name, new WeightPath(copy, projection.Key), config);
            }
        }
    }

    /// <summary>Replaces an adapter's weights below a layer by another's, where both are the same anyway.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">The adapter that shall share.</param>
    /// <param name="with">The adapter to share with.</param>
    /// <param name="firstLayer">The first layer in which both keep their own.</param>
    public static void ShareBelow(LlamaModel model, string name, string with, int firstLayer)
    {
        foreach (Projection projection in model.Projections.Where(p => p.Layer < firstLayer && p.Linear.Adapters.ContainsKey(name)))
        {
            projection.Linear.RemoveAdapter(name);
            projection.Linear.ShareAdapter(name, with);
        }
    }

    /// <summary>Parameters of an adapter.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name of the adapter.</param>
    /// <param name="firstLayer">Layers below are left out.</param>
    /// <returns>In the order of the model's projections.</returns>
    public static IReadOnlyList<Parameter> Parameters(LlamaModel model, string name, int firstLayer = 0) =>
        [.. model.Projections.Where(p => p.Layer >= firstLayer && p.Linear.Adapters.ContainsKey(name))
            .SelectMany(p => p.Linear.Adapters[name].Parameters())];

    /// <summary>Takes an adapter off.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name of the adapter.</param>
    public static void Remove(LlamaModel model, string name)
    {
        foreach (Projection projection in model.Projections.Where(p => p.Linear.Adapters.ContainsKey(name)))
        {
            projection.Linear.RemoveAdapter(name);
        }
    }

    /// <summary>Writes an adapter folder that Python peft loads.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name of the adapter.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="folder">Target; made when missing.</param>
    /// <param name="baseModel">What <c>base_model_name_or_path</c> shall say.</param>
    public static void Save(LlamaModel model, string name, LoraConfig config, string folder, string baseModel)
    {
        Directory.CreateDirectory(folder);
        var weights = new List<(string, Tensor)>();
        foreach (Projection projection in model.Projections.Where(p => p.Linear.Adapters.ContainsKey(name)))
        {
            LoraAdapter adapter = projection.Linear.Adapters[name];
            weights.Add(($"{KeyPrefix}.{projection.Key}.lora_A.weight", adapter.A.Value));
            weights.Add(($"{KeyPrefix}.{projection.Key}.lora_B.weight", adapter.B.Value));
        }

        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), weights, new Dictionary<string, string> { ["format"] = "pt" });
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = baseModel,
            ["r"] = config.Rank,
            ["lora_alpha"] = config.Alpha,
            ["lora_dropout"] = config.Dropout,
            ["target_modules"] = new JsonArray([.. config.TargetModules.Select(t => (JsonNode)t)]),
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
        };
        AtomicFile.WriteAllText(Path.Combine(folder, ConfigFile), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>Reads an adapter folder onto a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name to give it.</param>
    /// <param name="folder">A folder written by <see cref="Save"/> or by peft with plain LoRA settings.</param>
    /// <returns>The settings read.</returns>
    /// <exception cref="CheckpointException">A file is missing, damaged, or describes what is not built here.</exception>
    public static LoraConfig Load(LlamaModel model, string name, string folder)
    {
        RequireFree(model, name);
        LoraConfig config = ReadConfig(Path.Combine(folder, ConfigFile));
        using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsFile));
        try
        {
            Attach(model, name, config, new FileWeights(file, DType.Float32), p => file.Contains($"{KeyPrefix}.{p.Key}.lora_A.weight"), KeyPrefix + ".");
            int attached = Parameters(model, name).Count;
            return attached == file.Keys.Count && attached > 0 ? config
                : throw new CheckpointException($"{file.Path} has {file.Keys.Count} tensors but {attached} fit this model. Was the adapter trained on another base model?");
        }
        catch
        {
            Remove(model, name);
            throw;
        }
    }

    private static bool Has(LlamaModel model, string name) => model.Projections.Any(p => p.Linear.Adapters.ContainsKey(name));

    private static void RequireFree(LlamaModel model, string name)
    {
        if (Has(model, name))
        {
            throw new ArgumentException($"There is an adapter '{name}' already. Remove it first, or choose another name.");
        }
    }

    private static void Attach(LlamaModel model, string name, LoraConfig config, WeightSource source, Func<Projection, bool> wanted, string prefix = "")
    {
        foreach (Projection projection in model.Projections.Where(p => config.TargetModules.Contains(p.Name) && wanted(p)))
        {
            projection.Linear.AddAdapter(name, new WeightPath(source, prefix + projection.Key), config);
        }
    }

    private static LoraConfig ReadConfig(string path)
    {
        try
        {
            JsonObject json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            if ((string?)json["peft_type"] != "LORA" || (string?)json["bias"] is not (null or "none"))
            {
                throw new CheckpointException($"{path}: expected peft_type LORA with bias none but found {json["peft_type"]} with bias {json["bias"]}.");
            }

            string[] unbuilt = [.. UnbuiltSettings.Where(key => IsSet(json[key]))];
            if (unbuilt.Length > 0)
            {
                throw new CheckpointException($"{path}: {string.Join(", ", unbuilt)} of peft is not built. Use an adapter with plain LoRA settings.");
            }

            var config = new LoraConfig
            {
                Rank = (int)json["r"]!,
                Alpha = (double)json["lora_alpha"]!,
                Dropout = (double?)json["lora_dropout"] ?? 0,
                TargetModules = [.. json["target_modules"]!.AsArray().Select(n => (string)n!)],
            };
            string[] problems = [.. config.Problems()];
            return problems.Length == 0 ? config
                : throw new CheckpointException($"{path} has {problems.Length} problem(s): {string.Join("; ", problems)}.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException or ArgumentException or IOException)
        {
            throw new CheckpointException($"{path}: {e.Message} An adapter folder holds {ConfigFile} and {WeightsFile}.");
        }
    }

    private static bool IsSet(JsonNode? value) => value switch
    {
        null => false,
        JsonObject entries => entries.Count > 0,
        JsonArray items => items.Count > 0,
        _ => value.GetValueKind() != JsonValueKind.False,
    };

    /// <summary>Weights copied from an adapter on the same projection.</summary>
    private sealed class CopiedWeights(LoraAdapter source) : WeightSource
    {
        public override Tensor Get(string key, long[] shape, Init init)
        {
            using var scope = TensorScope.Begin();
            Parameter parameter = key.EndsWith("lora_A.weight", StringComparison.Ordinal) ? source.A : source.B;
            if (!parameter.Value.Shape.SequenceEqual(shape))
            {
                throw new ArgumentException($"Adapter weight '{parameter.Key}' is [{string.Join(", ", parameter.Value.Shape.ToArray())}] but the settings of its copy need [{string.Join(", ", shape)}]. Use the settings that it was made with.");
            }

            return parameter.Value.Detach().Clone().Own();
        }
    }
}

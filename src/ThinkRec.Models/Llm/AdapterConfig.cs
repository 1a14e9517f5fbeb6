using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ThinkRec.Files;
using ThinkRec.Nn;

namespace ThinkRec.Models.Llm;

/// <summary>Settings of an adapter in peft's terms: those of all its projections, and what differs for some.</summary>
/// <param name="Lora">Settings of every projection that no pattern names.</param>
public sealed record AdapterConfig(LoraConfig Lora)
{
    /// <summary>Name of the settings file in an adapter folder.</summary>
    public const string FileName = "adapter_config.json";

    private const string AllLinear = "all-linear";
    private const long MaxFileBytes = 1 << 20;

    /// <summary>Settings of peft that change what an adapter computes or holds, and that are not built.</summary>
    private static readonly string[] UnbuiltSettings =
    [
        "use_dora", "use_qalora", "fan_in_fan_out", "lora_bias", "modules_to_save", "layer_replication", "target_parameters", "trainable_token_indices",
        "alora_invocation_tokens", "arrow_config",
    ];

    /// <summary>Ways to begin that also change the base model, so that the adapter alone is not the whole.</summary>
    private static readonly string[] ChangedBases = ["pissa", "olora", "corda", "loftq"];

    /// <summary>Ranks by pattern of a projection's key.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>Alphas by pattern of a projection's key.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>Pattern of the keys of all targets, where the file has one in place of a list.</summary>
    public string? TargetPattern { get; init; }

    /// <summary>Plain settings, the same for every projection.</summary>
    /// <param name="lora">The settings.</param>
    public static implicit operator AdapterConfig(LoraConfig lora) => FromLoraConfig(lora);

    /// <summary>Plain settings, the same for every projection.</summary>
    /// <param name="lora">The settings.</param>
    /// <returns>Settings without patterns.</returns>
    public static AdapterConfig FromLoraConfig(LoraConfig lora) => new(lora);

    /// <summary>Settings of one projection. Of several patterns that fit, the first counts, as in peft.</summary>
    /// <param name="key">Its key in the model, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <returns>The settings.</returns>
    public LoraConfig Of(string key)
    {
        string? rank = RankPattern.Keys.FirstOrDefault(pattern => Fits(pattern, key));
        string? alpha = AlphaPattern.Keys.FirstOrDefault(pattern => Fits(pattern, key));
        return Lora with { Rank = rank is null ? Lora.Rank : RankPattern[rank], Alpha = alpha is null ? Lora.Alpha : AlphaPattern[alpha] };
    }

    /// <summary>Whether the adapter is meant for a projection.</summary>
    /// <param name="key">Its key in the model.</param>
    /// <returns>True for a target.</returns>
    public bool IsTarget(string key) => TargetPattern switch
    {
        null => Lora.TargetModules.Any(target => key == target || key.EndsWith("." + target, StringComparison.Ordinal)),
        AllLinear => true,
        string pattern => Compile(pattern).IsMatch(key),
    };

    /// <summary>Reads the settings in an adapter folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The settings, checked.</returns>
    /// <exception cref="CheckpointException">The file is missing or damaged, or asks for what is not built here.</exception>
    public static AdapterConfig Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxFileBytes })
            {
                throw new CheckpointException($"{path} is larger than {MaxFileBytes} bytes; those are no settings of an adapter.");
            }

            AdapterConfig config = Parse(path, JsonNode.Parse(File.ReadAllText(path))!.AsObject());
            string[] problems = [.. config.Problems()];
            return problems.Length == 0 ? config
                : throw new CheckpointException($"{path} has {problems.Length} problem(s): {string.Join("; ", problems)}.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException or ArgumentException or IOException)
        {
            throw new CheckpointException($"{path}: {e.Message} An adapter folder holds {FileName} and {AdapterFolder.WeightsFile}.");
        }
    }

    /// <summary>Writes the settings as peft does.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="baseModel">What <c>base_model_name_or_path</c> shall say.</param>
    public void Write(string folder, string baseModel)
    {
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = baseModel,
            ["r"] = Lora.Rank,
            ["lora_alpha"] = Lora.Alpha,
            ["lora_dropout"] = Lora.Dropout,
            ["target_modules"] = TargetPattern is null ? new JsonArray([.. Lora.TargetModules.Select(t => (JsonNode)t)]) : TargetPattern,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
        };
        if (Lora.RankStabilized)
        {
            json["use_rslora"] = true;
        }

        if (RankPattern.Count > 0)
        {
            json["rank_pattern"] = new JsonObject(RankPattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
        }

        if (AlphaPattern.Count > 0)
        {
            json["alpha_pattern"] = new JsonObject(AlphaPattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
        }

        AtomicFile.WriteAllText(Path.Combine(folder, FileName), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    private static AdapterConfig Parse(string path, JsonObject json)
    {
        if ((string?)json["peft_type"] != "LORA" || (string?)json["bias"] is not (null or "none"))
        {
            throw new CheckpointException($"{path}: expected peft_type LORA with bias none but found {json["peft_type"]} with bias {json["bias"]}.");
        }

        string[] unbuilt = [.. UnbuiltSettings.Where(key => IsSet(json[key]))];
        if (unbuilt.Length > 0)
        {
            throw new CheckpointException($"{path}: {string.Join(", ", unbuilt)} of peft is not built. Use an adapter with plain LoRA settings.");
        }

        if (json["init_lora_weights"] is JsonValue begun && begun.TryGetValue(out string? way) && ChangedBases.Any(b => way.StartsWith(b, StringComparison.Ordinal)))
        {
            throw new CheckpointException(
                $"{path}: init_lora_weights '{way}' also changes the base model. Save the adapter with peft's path_initial_model_for_weight_conversion, which makes it a plain one.");
        }

        JsonNode targets = json["target_modules"] ?? throw new FormatException("target_modules is missing.");
        return new AdapterConfig(new LoraConfig
        {
            Rank = (int)json["r"]!,
            Alpha = (double)json["lora_alpha"]!,
            Dropout = (double?)json["lora_dropout"] ?? 0,
            RankStabilized = (bool?)json["use_rslora"] ?? false,
            TargetModules = targets is JsonArray list ? [.. list.Select(n => (string)n!)] : [(string)targets!],
        })
        {
            TargetPattern = targets is JsonArray ? null : (string)targets!,
            RankPattern = json["rank_pattern"]?.AsObject().ToDictionary(p => p.Key, p => (int)p.Value!) ?? [],
            AlphaPattern = json["alpha_pattern"]?.AsObject().ToDictionary(p => p.Key, p => (double)p.Value!) ?? [],
        };
    }

    private IEnumerable<string> Problems()
    {
        foreach (string problem in Lora.Problems())
        {
            yield return problem;
        }

        foreach ((string pattern, int rank) in RankPattern.Where(p => p.Value < 1))
        {
            yield return $"rank_pattern '{pattern}' is {rank}, expected at least 1";
        }

        foreach ((string pattern, double alpha) in AlphaPattern.Where(p => !(p.Value > 0) || !double.IsFinite(p.Value)))
        {
            yield return $"alpha_pattern '{pattern}' is {alpha}, expected a positive number";
        }

        foreach (string pattern in RankPattern.Keys.Concat(AlphaPattern.Keys).Append(TargetPattern ?? AllLinear).Where(p => !IsUsable(p)))
        {
            yield return $"'{pattern}' is no pattern that is understood here; use names of projections, or a regular expression without look-around and back references";
        }
    }

    /// <remarks>As peft's get_pattern_key: at the end of the key, and at its beginning or behind a dot.</remarks>
    private static bool Fits(string pattern, string key) => Compile($"(.*\\.)?({pattern})").IsMatch(key);

    /// <remarks>Without backtracking, because the pattern comes from a file.</remarks>
    private static Regex Compile(string pattern) => new($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static bool IsUsable(string pattern)
    {
        try
        {
            _ = Compile(pattern);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private static bool IsSet(JsonNode? value) => value switch
    {
        null => false,
        JsonObject entries => entries.Count > 0,
        JsonArray items => items.Count > 0,
        _ => value.GetValueKind() != JsonValueKind.False,
    };
}

using System.Text.Json;
using System.Text.RegularExpressions;
using ThinkRec.Downloads;

namespace ThinkRec.Models.Hub;

/// <summary>Which files of a repository make a model folder: those whose names are known here, and the weights that the index names. Nothing that can run code.</summary>
internal static partial class HubSelection
{
    private const string Weights = "model.safetensors";
    private const string Index = Weights + ".index.json";
    private const string AdapterWeights = "adapter_model.safetensors";
    private const int ShownNames = 3;
    private const long MaxIndexBytes = 1 << 26;

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "config.json", "generation_config.json", "adapter_config.json", "chat_template.json",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "tokenizer.model", "vocab.json", "vocab.txt", "merges.txt",
    };

    /// <summary>The index, where the weights are in several files; null where they are in one. A model that has both is read as one.</summary>
    /// <exception cref="DownloadException">It is larger than any index.</exception>
    public static HubFile? IndexOf(IReadOnlyList<HubFile> files) =>
        files.Any(file => file.Name == Weights) ? null
        : files.FirstOrDefault(file => file.Name == Index) is not { } index ? null
        : index.Bytes <= MaxIndexBytes ? index
        : throw new DownloadException($"{Index} has {index.Bytes} bytes, and {MaxIndexBytes} is the limit. It is no index.");

    /// <summary>Chooses, texts before weights.</summary>
    /// <param name="repository">For messages.</param>
    /// <param name="files">All files of the repository's top folder.</param>
    /// <param name="index">Content of <see cref="IndexOf"/>'s file; null where there is none.</param>
    /// <exception cref="DownloadException">No model can be made of them; says why.</exception>
    public static IReadOnlyList<HubFile> Choose(ModelRepository repository, IReadOnlyList<HubFile> files, byte[]? index)
    {
        var byName = files.ToDictionary(file => file.Name, StringComparer.Ordinal);
        List<HubFile> weights = index is not null ? ShardsOf(repository, byName, index) : byName.TryGetValue(Weights, out HubFile? single) ? [single] : [];
        if (weights.Count > 0 && !byName.ContainsKey("config.json"))
        {
            throw new DownloadException($"{repository} has weights but no config.json, so that nothing says what model it is. Choose another repository.");
        }

        if (byName.TryGetValue(AdapterWeights, out HubFile? adapter) && byName.ContainsKey("adapter_config.json"))
        {
            weights.Add(adapter);
        }

        return weights.Count > 0
            ? [.. files.Where(file => IsText(file.Name, index is not null)).OrderBy(file => file.Name, StringComparer.Ordinal), .. weights]
            : throw NoWeights(repository, files);
    }

    private static bool IsText(string name, bool hasIndex) => Known.Contains(name) || Words().IsMatch(name) || (hasIndex && name == Index);

    private static List<HubFile> ShardsOf(ModelRepository repository, Dictionary<string, HubFile> files, byte[] index)
    {
        string[] names;
        try
        {
            names = [.. JsonSerializer.Deserialize<ShardMap>(index)?.WeightMap?.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>()];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new DownloadException($"{repository}: {Index} is no index of weights: {error.Message} Choose another revision.", error);
        }

        return names.Length == 0
            ? throw new DownloadException($"{repository}: {Index} names no file of weights. Choose another revision.")
            : [.. names.Select(name => name is not null && Shard().IsMatch(name) && files.TryGetValue(name, out HubFile? file)
                ? file
                : throw new DownloadException($"{repository}: {Index} names '{name}', which is no .safetensors file of its folder. Choose another revision."))];
    }

    private static DownloadException NoWeights(ModelRepository repository, IReadOnlyList<HubFile> files)
    {
        string[] pickles = Named(files, ".bin", ".pt", ".pth", ".ckpt", ".pkl"), others = Named(files, ".safetensors", ".gguf", ".onnx", ".h5", ".msgpack");
        return new DownloadException(
            pickles.Length > 0 ? $"{repository} has its weights as pickles only ({Some(pickles)}), which can run code when they are read, and so are never taken. Look on its page for a revision with {Weights} (--revision, often refs/pr/1), or for another repository."
            : others.Length > 0 ? $"{repository} has no {Weights} and no {Index}, but {Some(others)}, which cannot be read here. Look for the repository that those were made from."
            : $"{repository} has no weights in its top folder. Is it a language model?");
    }

    private static string[] Named(IReadOnlyList<HubFile> files, params string[] endings) =>
        [.. files.Select(file => file.Name).Where(name => endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))).Order(StringComparer.Ordinal)];

    private static string Some(string[] names) => string.Join(", ", names.Take(ShownNames)) + (names.Length > ShownNames ? $" and {names.Length - ShownNames} more" : "");

    [GeneratedRegex(@"^(README|LICENSE|LICENCE|NOTICE|USE_POLICY)(\.(md|txt))?\z|^[A-Za-z0-9_-]{1,100}\.jinja\z")]
    private static partial Regex Words();

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}\.safetensors\z")]
    private static partial Regex Shard();

    private sealed record ShardMap([property: System.Text.Json.Serialization.JsonPropertyName("weight_map")] Dictionary<string, string>? WeightMap);
}

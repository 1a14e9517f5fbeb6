using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ThinkRec.Nn;

namespace ThinkRec.Models.Llm.Files;

/// <summary>Which tokens end a text: those of <c>generation_config.json</c>, else of the config, and the tokenizer's own.</summary>
internal static class EndTokens
{
    internal const string FileName = "generation_config.json";
    private const long MaxFileBytes = 1 << 20;

    /// <summary>Reads them.</summary>
    /// <param name="folder">A model folder.</param>
    /// <param name="config">Its shape.</param>
    /// <param name="own">The tokenizer's end token.</param>
    /// <returns>Each id once; the tokenizer's first.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or an id is not in the vocabulary.</exception>
    internal static IReadOnlyList<int> Read(string folder, LlamaConfig config, int own)
    {
        string path = Path.Combine(folder, FileName);
        JsonObject? json = ModelJson.Read(path, MaxFileBytes);
        try
        {
            IReadOnlyList<int> ids = json?.Deserialize<Settings>()?.EosTokenIds ?? config.EosTokenIds ?? [];
            return ids.All(id => id >= 0 && id < config.VocabSize) ? [.. ids.Prepend(own).Distinct()]
                : throw new CheckpointException($"{(json is null ? Path.Combine(folder, LlamaConfig.FileName) : path)}: eos_token_id names {string.Join(", ", ids.Take(8))}, expected ids from 0 to {config.VocabSize - 1}, those of the model.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{path}: {e.Message}");
        }
    }

    private sealed record Settings
    {
        [JsonPropertyName("eos_token_id"), JsonConverter(typeof(TokenIdsConverter))] public IReadOnlyList<int>? EosTokenIds { get; init; }
    }
}

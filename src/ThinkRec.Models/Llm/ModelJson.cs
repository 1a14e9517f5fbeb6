using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ThinkRec.Nn;

namespace ThinkRec.Models.Llm;

/// <summary>Reads the small JSON files of a model folder, none of which is trusted.</summary>
internal static class ModelJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads an object.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">A longer file is refused before it is read.</param>
    /// <returns>The object; null when there is no such file.</returns>
    /// <exception cref="CheckpointException">The file is too long, cannot be read, or is no JSON object.</exception>
    internal static JsonObject? Read(string path, long maxBytes)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return new FileInfo(path).Length > maxBytes
                ? throw new CheckpointException($"{path} is larger than {maxBytes} bytes; that is no such file of a model.")
                : JsonNode.Parse(File.ReadAllText(path), documentOptions: Strict) as JsonObject
                ?? throw new CheckpointException($"{path}: expected a JSON object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: {e.Message}");
        }
    }
}

/// <summary>Token ids written as one number or as a list.</summary>
internal sealed class TokenIdsConverter : JsonConverter<IReadOnlyList<int>>
{
    private const int MaxIds = 1000;

    /// <inheritdoc/>
    public override IReadOnlyList<int>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var ids = new List<int>();
        bool isList = reader.TokenType == JsonTokenType.StartArray;
        while (!isList || (reader.Read() && reader.TokenType != JsonTokenType.EndArray))
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || ids.Count == MaxIds)
            {
                throw new JsonException($"eos_token_id must be a whole number or a list of at most {MaxIds} of them.");
            }

            ids.Add(id);
            if (!isList)
            {
                break;
            }
        }

        return ids;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<int> value, JsonSerializerOptions options)
    {
        if (value.Count == 1)
        {
            writer.WriteNumberValue(value[0]);
        }
        else
        {
            JsonSerializer.Serialize(writer, value.ToArray(), options);
        }
    }
}

using System.Text.Json;

namespace ThinkRec.Nn;

/// <summary>A <c>model.safetensors.index.json</c>: which tensor lies in which file beside it. Checked in full before any file is opened.</summary>
internal static class SafetensorsIndex
{
    private const long MaxFileBytes = 1 << 26;
    private const int MaxShards = 4096;
    private const int MaxNameLength = 255;
    private const string MapKey = "weight_map";

    /// <summary>Reads an index.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Name of the file of each tensor.</returns>
    /// <exception cref="CheckpointException">The file is missing or damaged, or names a file elsewhere.</exception>
    internal static Dictionary<string, string> Read(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length > MaxFileBytes)
            {
                throw Damaged(path, $"it has {length} bytes; {MaxFileBytes} is the limit.");
            }

            return Parse(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{path} is not the JSON of an index: {e.Message} Fetch the file again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CheckpointException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static Dictionary<string, string> Parse(string path, ReadOnlySpan<byte> json)
    {
        Dictionary<string, string>? map = null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        Require(path, reader.Read() && reader.TokenType == JsonTokenType.StartObject, "it must be a JSON object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isMap = reader.ValueTextEquals(MapKey);
            reader.Read();
            if (!isMap)
            {
                reader.Skip();
                continue;
            }

            Require(path, map is null && reader.TokenType == JsonTokenType.StartObject, $"{MapKey} must be one object.");
            map = ReadMap(path, ref reader);
        }

        // Whatever follows the object other than white space makes the reader throw.
        reader.Read();
        Require(path, map is { Count: > 0 }, $"it has no {MapKey}, which names the file of each tensor.");
        int shards = map!.Values.Distinct(StringComparer.Ordinal).Count();
        Require(path, shards <= MaxShards, $"it names {shards} files; {MaxShards} is the limit.");
        return map;
    }

    private static Dictionary<string, string> ReadMap(string path, ref Utf8JsonReader reader)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            string? file = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            Require(path, file is not null, $"the file of '{key}' must be a text.");
            Require(path, IsPlainName(file!), $"the file of '{key}' is '{file}', expected the name of a .safetensors file in the same folder.");
            Require(path, map.TryAdd(key, file!), $"'{key}' is listed twice.");
        }

        return map;
    }

    /// <summary>A name that cannot lead out of the folder on any system.</summary>
    private static bool IsPlainName(string name) =>
        name.Length <= MaxNameLength && name.EndsWith(".safetensors", StringComparison.Ordinal) && !name.StartsWith('.')
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static void Require(string path, bool condition, string what)
    {
        if (!condition)
        {
            throw Damaged(path, what);
        }
    }

    private static CheckpointException Damaged(string path, string what) => new($"{path}: {what} Fetch the file again.");
}

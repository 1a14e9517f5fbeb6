using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Files;

namespace ThinkRec.GpuCheck;

/// <summary>The JSON files in which the steps leave their results, and which theirs.py writes alike.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal static void Write<T>(string path, T value) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(value, Format) + "\n");

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>What it holds; null when it is not there.</returns>
    /// <exception cref="IOException">It is no such file.</exception>
    internal static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), Format) : null;
        }
        catch (JsonException e)
        {
            throw new IOException($"{path}: {e.Message} Run the check again from the start.", e);
        }
    }
}

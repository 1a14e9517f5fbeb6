using System.Text;
using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.Files;

namespace ThinkRec.Training.Pipeline;

/// <summary>Reads texts for a language model: lines of plain text, or of JSON in files named .jsonl; either may be gzipped.</summary>
internal static class TextFile
{
    private const long MaxBytes = 1L << 30;
    private const string Zipped = ".gz";

    /// <summary>Reads a file.</summary>
    /// <param name="path">An existing file.</param>
    /// <returns>A text for each line that has one: the line itself, or all strings of its JSON value, in their order.</returns>
    /// <exception cref="DataFormatException">The file is too long, cut, not UTF-8, or a line is not JSON.</exception>
    internal static IEnumerable<string> Read(string path)
    {
        string name = path.EndsWith(Zipped, StringComparison.OrdinalIgnoreCase) ? path[..^Zipped.Length] : path;
        bool isJson = name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);
        using Stream stream = RawFile.Open(path, MaxBytes);
        using var reader = new StreamReader(stream, AtomicFile.Utf8);
        for (int number = 1; NextLine(reader, path, number) is string line; number++)
        {
            string text = line.Trim();
            text = isJson && text.Length > 0 ? JsonText(path, number, text).Trim() : text;
            if (text.Length > 0)
            {
                yield return text;
            }
        }
    }

    private static string? NextLine(StreamReader reader, string path, int number)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException error)
        {
            throw new DataFormatException($"{Path.GetFileName(path)}:{number}: expected UTF-8 text from here on but found other bytes. Save the file as UTF-8, or name a file of text.", error);
        }
    }

    private static string JsonText(string path, int number, string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return string.Join(" ", Strings(document.RootElement));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The second kind: half of a surrogate pair, written as an escape.
            throw new DataFormatException($"{Path.GetFileName(path)}:{number}: expected a JSON value on the line. {error.Message}", error);
        }
    }

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Strings(p.Value)),
        _ => [],
    };
}

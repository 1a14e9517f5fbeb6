using System.Text.Json;
using System.Text.Unicode;

namespace ThinkRec.Text.Bpe;

/// <summary>A JSON file from outside, read within limits; every complaint names the file and the key.</summary>
internal sealed class JsonSource(string file)
{
    private const int MaxDepth = 32;

    /// <summary>Path of the file.</summary>
    public string File { get; } = file;

    /// <summary>Parses the file, which must hold one object without duplicate keys.</summary>
    /// <param name="maxBytes">A longer file is not read.</param>
    public JsonDocument Parse(int maxBytes)
    {
        var length = new FileInfo(File).Length;
        if (length > maxBytes)
        {
            throw Problem("", $"the file has {length} bytes, more than the {maxBytes} that are read.");
        }

        var bytes = System.IO.File.ReadAllBytes(File);
        if (!Utf8.IsValid(bytes))
        {
            throw Problem("", "the file is not UTF-8 text.");
        }

        var options = new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
        try
        {
            var document = JsonDocument.Parse(bytes, options);
            Expect(document.RootElement, "", JsonValueKind.Object);
            return document;
        }
        catch (JsonException e)
        {
            throw new TokenizerFormatException(File, e.Path ?? "", $"the file is not usable JSON: {e.Message} Fetch or make it again.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFormatException(File, "", "a key holds half a surrogate pair.", e);
        }
    }

    /// <summary>Makes the exception for one key.</summary>
    public TokenizerFormatException Problem(string key, string problem) => new(File, key, problem);

    /// <summary>The member of an object; null when absent or null.</summary>
    public static JsonElement? Optional(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The member of an object, of one kind.</summary>
    public JsonElement Required(JsonElement parent, string key, JsonValueKind kind)
    {
        var value = Optional(parent, key[(key.LastIndexOf('.') + 1)..])
            ?? throw Problem(key, $"the key is missing; expected {Name(kind)}.");
        Expect(value, key, kind);
        return value;
    }

    /// <summary>Throws unless the element is of the kind.</summary>
    public void Expect(JsonElement element, string key, JsonValueKind kind)
    {
        if (element.ValueKind != kind)
        {
            throw Problem(key, $"expected {Name(kind)} but found {Name(element.ValueKind)}.");
        }
    }

    /// <summary>A string of valid UTF-16.</summary>
    public string Text(JsonElement element, string key)
    {
        Expect(element, key, JsonValueKind.String);
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFormatException(File, key, "the string holds half a surrogate pair.", e);
        }
    }

    /// <summary>A whole number from zero up to, not including, a limit.</summary>
    public int Id(JsonElement element, string key, int limit)
    {
        Expect(element, key, JsonValueKind.Number);
        return element.TryGetInt32(out var id) && id >= 0 && id < limit
            ? id
            : throw Problem(
                key, $"expected a whole number from 0 to {limit - 1} but found {Shorten(element.GetRawText())}.");
    }

    /// <summary>Whether a member is true; false when absent.</summary>
    public bool Flag(JsonElement parent, string key, bool absent = false) =>
        Optional(parent, key[(key.LastIndexOf('.') + 1)..]) is not { } value ? absent : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Problem(key, $"expected true or false but found {Name(value.ValueKind)}."),
        };

    /// <summary>The beginning of a text, for messages.</summary>
    public static string Shorten(string text) => text.Length <= 40 ? text : $"{text[..40]}…";

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => kind.ToString().ToLowerInvariant(),
    };
}

using System.Text.Json;
using System.Text.Unicode;

namespace ThinkRec.Text.Formats;

/// <summary>A JSON file from outside, read within limits; every complaint names the file and the key.</summary>
/// <param name="input">The file.</param>
internal sealed class JsonSource(InputFile input)
{
    private const int MaxDepth = 32;
    private const int MaxCommas = 8 << 20; // parsing takes a dozen bytes for each value

    /// <summary>The file.</summary>
    public InputFile Input { get; } = input;

    /// <summary>Parses the file, which must hold one object without duplicate keys.</summary>
    public JsonDocument Parse()
    {
        if (!Utf8.IsValid(Input.Content))
        {
            throw Problem("", "the file is not UTF-8 text.");
        }

        if (Input.Content.AsSpan().Count((byte)',') > MaxCommas)
        {
            throw Problem("", $"the file has more values than the {MaxCommas} that are read.");
        }

        var options = new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
        try
        {
            var document = JsonDocument.Parse(Input.Content, options);
            Expect(document.RootElement, "", JsonValueKind.Object);
            return document;
        }
        catch (JsonException e)
        {
            throw new TokenizerFormatException(Input.Path, e.Path ?? "", $"the file is not usable JSON: {e.Message} Fetch or make it again.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFormatException(Input.Path, "", "a key holds half a surrogate pair.", e);
        }
    }

    /// <summary>Makes the exception for one key.</summary>
    public TokenizerFormatException Problem(string key, string problem) => Input.Problem(key, problem);

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
            throw new TokenizerFormatException(Input.Path, key, "the string holds half a surrogate pair.", e);
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

    /// <summary>The type that an object names.</summary>
    public string TypeOf(JsonElement element, string key)
    {
        Expect(element, key, JsonValueKind.Object);
        return Shorten(Text(Required(element, $"{key}.type", JsonValueKind.String), $"{key}.type"));
    }

    /// <summary>The objects of a list that is a member of an object, each with its key.</summary>
    public IEnumerable<(JsonElement Element, string Key)> List(JsonElement parent, string key)
    {
        var index = 0;
        foreach (var element in Required(parent, key, JsonValueKind.Array).EnumerateArray())
        {
            yield return (element, $"{key}[{index++}]");
        }
    }

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

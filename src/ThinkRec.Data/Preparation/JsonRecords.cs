using System.Text;
using System.Text.Json;

namespace ThinkRec.Data.Preparation;

/// <summary>
/// One JSON object a line. Texts, numbers, true and false are values; the elements of a list, and the names
/// of an object's members that are true, are joined by '|'.
/// </summary>
internal sealed class JsonRecords : RecordFile
{
    private readonly MalformedLines _malformed;
    private readonly RawLineReader _lines;
    private readonly List<byte[]> _asked = [];
    private readonly ShortTexts _texts = new();
    private readonly string[] _names;
    private bool _isFirst = true;

    public JsonRecords(string path, MalformedLines malformed)
        : base(path)
    {
        _malformed = malformed;
        _lines = new RawLineReader(path, malformed.Meter);
        try
        {
            _isFirst = _lines.Next();
            _lines.RefuseEmpty();
            _names = NamesOf(_lines.Bytes);
        }
        catch
        {
            _lines.Dispose();
            throw;
        }
    }

    public override int Line => _lines.Line;

    public override IReadOnlyList<string> Names => _names;

    public override bool Next()
    {
        while (_isFirst || _lines.Next())
        {
            _isFirst = false;
            Clear();
            try
            {
                Read(_lines.Bytes);
                return true;
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                _malformed.Add(FilePath, Line, $"expected a JSON object but found '{Shown(_lines.Bytes)}'.");
            }
        }
        return false;
    }

    // A field that the first object has not got may be in others, so that any name may be asked for.
    protected override int Register(string name)
    {
        _asked.Add(Encoding.UTF8.GetBytes(name));
        return _asked.Count - 1;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _lines.Dispose();
        }
    }

    internal static string Shown(ReadOnlySpan<byte> line)
    {
        const int MaxBytes = 160;
        return TableFile.Show(TableFile.Clean(Encoding.UTF8.GetString(line[..Math.Min(line.Length, MaxBytes)])));
    }

    private static string[] NamesOf(ReadOnlySpan<byte> line)
    {
        List<string> names = [];
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                names.Add(reader.GetString()!);
                reader.Read();
                reader.Skip();
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Next meets the same line and counts it.
        }
        return [.. names];
    }

    private void Read(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("not an object");
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = 0;
            while (field < _asked.Count && !reader.ValueTextEquals(_asked[field]))
            {
                field++;
            }
            reader.Read();
            if (field == _asked.Count)
            {
                reader.Skip();
            }
            else
            {
                Set(field, ValueOf(ref reader));
            }
        }
        reader.Read();   // throws when something follows the object
    }

    private string? ValueOf(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return (reader.ValueIsEscaped ? null : _texts.Find(reader.ValueSpan)) ?? reader.GetString();
            case JsonTokenType.Number:
                return _texts.Find(reader.ValueSpan) ?? Encoding.UTF8.GetString(reader.ValueSpan);
            case JsonTokenType.True or JsonTokenType.False:
                return reader.GetBoolean() ? "1" : "0";
            case JsonTokenType.StartArray:
                return ElementsOf(ref reader);
            case JsonTokenType.StartObject:
                return TrueMembersOf(ref reader);
            default:
                return null;
        }
    }

    private string ElementsOf(ref Utf8JsonReader reader)
    {
        List<string> elements = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
            {
                elements.Add(ValueOf(ref reader)!);
            }
            reader.Skip();
        }
        return string.Join('|', elements);
    }

    // Yelp writes attributes so, and "True" for true.
    private static string TrueMembersOf(ref Utf8JsonReader reader)
    {
        List<string> names = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.True || (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("True"u8)))
            {
                names.Add(name);
            }
            reader.Skip();
        }
        return string.Join('|', names);
    }
}

using System.Buffers;
using System.Text;
using ThinkRec.Data.Preparation;
using ThinkRec.Files;

namespace ThinkRec.Data;

/// <summary>A tab-separated file with a typed header, as RecBole's atomic files are.</summary>
internal static class TableFile
{
    public const string Interactions = "user_id:token\titem_id:token\trating:float\tlabel:float\ttimestamp:float\tsplit:token";
    public const string Items = "item_id:token\ttitle:token_seq\tdescription:token_seq\tkeywords:token_seq";
    public const string ItemsWithYear = $"{Items}\tyear:float";
    public const string Users = "user_id:token";
    public const string Truth = "row:token\tprobability:float\tgroup:token";

    /// <summary>A text of an item has at most so many UTF-16 units in a prepared dataset.</summary>
    public const int MaxTextLength = 1 << 16;

    private const int MaxShown = 160;

    // All that Clean may have to change; surrogates are looked at in pairs.
    private static readonly SearchValues<char> Suspects = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' || (!char.IsSurrogate(c) && IsSteering(new Rune(c))))]);

    /// <summary>Reads the lines below the header, which is one of some, one array of fields each. Line ends may be LF or CR LF; a line has a greatest length.</summary>
    public static IEnumerable<(int Line, string[] Fields)> Read(string path, params string[] headers)
    {
        using var reader = new RawLineReader(path);
        var found = NextLine(reader, path)
            ?? throw DataFormatException.At(path, 1, $"expected the header '{Show(headers[0])}' but the file is empty. Prepare the dataset again.");
        if (!headers.Contains(found))
        {
            throw DataFormatException.At(path, 1, $"expected the header '{Show(headers[0])}' but found '{Show(found)}'. Rename or reorder the columns.");
        }
        var numColumns = found.Count(c => c == '\t') + 1;
        for (var line = 2; NextLine(reader, path) is { } text; line++)
        {
            var fields = text.Split('\t');
            if (fields.Length != numColumns)
            {
                throw DataFormatException.At(path, line, $"expected {numColumns} tab-separated fields but found {fields.Length}: '{Show(text)}'. Texts must not contain tabs or line ends.");
            }
            yield return (line, fields);
        }
    }

    /// <summary>Makes a text fit into one field that any program can read and show: control characters and line separators become spaces, what changes the
    /// direction of text or is invisible by design goes, halves of characters become U+FFFD, and what is longer than <see cref="MaxTextLength"/> is cut.</summary>
    public static string Clean(string text)
    {
        if (text.Length <= MaxTextLength && !text.AsSpan().ContainsAny(Suspects))
        {
            return text;
        }
        var clean = new StringBuilder(Math.Min(text.Length, MaxTextLength));
        foreach (var rune in Cut(text, MaxTextLength).EnumerateRunes())   // a half gives U+FFFD
        {
            if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029)
            {
                clean.Append(' ');
            }
            else if (!IsSteering(rune))
            {
                clean.Append(rune);
            }
        }
        return clean.ToString();
    }

    /// <summary>The beginning of a text, at most so many UTF-16 units, without half a character at the end.</summary>
    public static string Cut(string text, int maxLength) =>
        text.Length <= maxLength ? text : text[..(maxLength > 0 && char.IsHighSurrogate(text[maxLength - 1]) ? maxLength - 1 : maxLength)];

    /// <summary>Cuts a line for a message and makes its tabs visible.</summary>
    public static string Show(string text)
    {
        var shown = Cut(text, MaxShown + 1).Replace("\t", "\\t", StringComparison.Ordinal);
        return shown.Length <= MaxShown ? shown : Cut(shown, MaxShown) + "…";
    }

    // Embeddings, overrides and isolates of direction; deprecated and annotation characters; the byte-order mark; tags.
    private static bool IsSteering(Rune rune) => rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x206F) or (>= 0xFFF9 and <= 0xFFFB) or 0xFEFF
        or (>= 0xE0000 and <= 0xE007F);

    private static string? NextLine(RawLineReader reader, string path)
    {
        if (!reader.Next())
        {
            return null;
        }
        try
        {
            return !reader.Bytes.Contains((byte)'\r') ? AtomicFile.Utf8.GetString(reader.Bytes)
                : throw DataFormatException.At(path, reader.Line, "expected a line that ends in LF or CR LF but found CR inside it. Texts must not contain tabs or line ends.");
        }
        catch (DecoderFallbackException error)
        {
            throw new DataFormatException($"{Path.GetFileName(path)}:{reader.Line}: expected UTF-8 text but found other bytes. Save the file as UTF-8.", error);
        }
    }
}

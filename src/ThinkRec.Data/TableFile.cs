using System.Text;
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

    /// <summary>Reads the lines below the header, which is one of some, one array of fields each. Line ends may be LF or CR LF.</summary>
    public static IEnumerable<(int Line, string[] Fields)> Read(string path, params string[] headers)
    {
        using var reader = new StreamReader(path, AtomicFile.Utf8);
        var found = NextLine(reader, path, 1)
            ?? throw DataFormatException.At(path, 1, $"expected the header '{Show(headers[0])}' but the file is empty. Prepare the dataset again.");
        if (!headers.Contains(found))
        {
            throw DataFormatException.At(path, 1, $"expected the header '{Show(headers[0])}' but found '{Show(found)}'. Rename or reorder the columns.");
        }
        var numColumns = found.Count(c => c == '\t') + 1;
        for (var line = 2; NextLine(reader, path, line) is { } text; line++)
        {
            var fields = text.Split('\t');
            if (fields.Length != numColumns)
            {
                throw DataFormatException.At(path, line, $"expected {numColumns} tab-separated fields but found {fields.Length}: '{Show(text)}'. Texts must not contain tabs or line ends.");
            }
            yield return (line, fields);
        }
    }

    /// <summary>Makes a text fit into one field: control characters become spaces.</summary>
    public static string Clean(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            clean.Append(char.IsControl(c) ? ' ' : c);
        }
        return clean.ToString();
    }

    /// <summary>Cuts a line for a message and makes its tabs visible.</summary>
    public static string Show(string text)
    {
        var shown = text.Replace("\t", "\\t", StringComparison.Ordinal);
        return shown.Length <= 160 ? shown : shown[..160] + "…";
    }

    private static string? NextLine(StreamReader reader, string path, int line)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException error)
        {
            throw new DataFormatException($"{Path.GetFileName(path)}:{line}: expected UTF-8 text from here on but found other bytes. Save the file as UTF-8.", error);
        }
    }
}

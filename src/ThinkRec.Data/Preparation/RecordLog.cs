namespace ThinkRec.Data.Preparation;

/// <summary>Streams the rows of a log of records.</summary>
/// <param name="path">The file.</param>
/// <param name="map">Which field says what.</param>
/// <param name="parser">Makes rows of texts.</param>
/// <param name="malformed">Counts what is no row.</param>
internal sealed class RecordLog(string path, ColumnMap map, RowParser parser, MalformedLines malformed)
{
    /// <summary>Whether a rating from which on rows are likes decides on labels; a field of labels is then not looked at.</summary>
    public bool IgnoresLabels { get; init; }

    /// <summary>As <see cref="RawDatasetOptions.Delimiter"/>.</summary>
    public string? Delimiter { get; init; }

    /// <summary>Streams the rows.</summary>
    /// <exception cref="DataFormatException">The file is missing or cut, a field is missing, or too many lines are malformed.</exception>
    public IEnumerable<RawRow> Rows()
    {
        using var file = RecordFile.Open(path, malformed, Delimiter);
        var (user, item, time) = (map.Require(file, "user"), map.Require(file, "item"), map.Require(file, "time"));
        var label = IgnoresLabels ? -1 : map.Find(file, "label");
        var rating = label < 0 ? map.Require(file, "rating") : map.Find(file, "rating");
        if (label < 0 && !IgnoresLabels)
        {
            throw DataFormatException.At(path, 1, "no field is a label. Say from which rating on rows are likes: --positive-from RATING.");
        }
        while (file.Next())
        {
            if (parser.Parse(path, file.Line, file[user], file[item], rating < 0 ? null : file[rating] ?? string.Empty, label < 0 ? null : file[label] ?? string.Empty, file[time]) is { } row)
            {
                malformed.Meter?.CountRow();
                yield return row;
            }
        }
        malformed.Check();
    }
}

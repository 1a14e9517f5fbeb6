using System.Globalization;

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

    /// <summary>As <see cref="RawDatasetOptions.AllLikes"/>.</summary>
    public bool AllLikes { get; init; }

    /// <summary>As <see cref="RawDatasetOptions.FileOrder"/>.</summary>
    public bool FileOrder { get; init; }

    /// <summary>As <see cref="RawDatasetOptions.Delimiter"/>.</summary>
    public string? Delimiter { get; init; }

    /// <summary>Streams the rows.</summary>
    /// <exception cref="DataFormatException">The file is missing or cut, a field is missing, or too many lines are malformed.</exception>
    public IEnumerable<RawRow> Rows()
    {
        using var file = RecordFile.Open(path, malformed, Delimiter);
        var (user, item) = (map.Require(file, "user"), map.Require(file, "item"));
        var time = FileOrder ? -1 : RequireTime(file);
        var (label, rating) = AllLikes ? (-1, -1) : LabelAndRating(file);
        for (var number = 0L; file.Next(); number++)
        {
            var isLike = AllLikes ? "1" : label < 0 ? null : file[label] ?? string.Empty;
            var moment = FileOrder ? number.ToString(CultureInfo.InvariantCulture) : file[time];
            if (parser.Parse(path, file.Line, file[user], file[item], rating < 0 ? null : file[rating] ?? string.Empty, isLike, moment) is { } row)
            {
                malformed.Meter?.CountRow();
                yield return row;
            }
        }
        malformed.Check();
    }

    private int RequireTime(RecordFile file) => map.Find(file, "time") is >= 0 and var time ? time : throw DataFormatException.At(path, 1,
        $"none of the fields '{TableFile.Show(string.Join(", ", file.Names))}' has a usual name of the time. Say which it is, time=NAME, or let the order of the rows stand in for it: --file-order.");

    private (int Label, int Rating) LabelAndRating(RecordFile file)
    {
        var label = IgnoresLabels ? -1 : map.Find(file, "label");
        if (label >= 0)
        {
            return (label, map.Find(file, "rating"));
        }
        if (map.Find(file, "rating") is not (>= 0 and var rating))
        {
            throw DataFormatException.At(path, 1,
                $"none of the fields '{TableFile.Show(string.Join(", ", file.Names))}' has a usual name of a rating or a label. Say which it is, rating=NAME or label=NAME, or that every row is a like: --all-likes.");
        }
        return IgnoresLabels ? (label, rating)
            : throw DataFormatException.At(path, 1, "no field is a label. Say from which rating on rows are likes: --positive-from RATING.");
    }
}

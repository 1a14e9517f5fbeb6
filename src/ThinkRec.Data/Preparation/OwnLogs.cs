namespace ThinkRec.Data.Preparation;

/// <summary>Logs of anybody's: CSV, tab-separated, JSON lines, and RecBole's atomic files.</summary>
internal static class OwnLogs
{
    /// <summary>A log and, where one is named, a file about items; the format follows from the extension.</summary>
    public static (IRawSource Source, PreparationPlan Plan) Open(RawDatasetOptions options)
    {
        if (File.Exists(options.Raw) == options.Log is not null)
        {
            throw new ArgumentException(options.Log is null
                ? $"{options.Raw} is a folder; name the log in it with --log FILE."
                : $"{options.Raw} is the log itself; leave --log out, or give the folder.");
        }
        var (folder, log) = options.Log is { } name ? (options.Raw, Path.Combine(options.Raw, name)) : (Path.GetDirectoryName(Path.GetFullPath(options.Raw))!, options.Raw);
        return Source(options, log, options.ItemFile is { } items ? RawFolder.Beside(folder, items) : null, arePartedBySpaces: false, "log of your own");
    }

    /// <summary>NAME.inter and, where it is there, NAME.item.</summary>
    public static (IRawSource Source, PreparationPlan Plan) OpenRecBole(RawDatasetOptions options)
    {
        var logs = options.Log is { } name ? [Path.Combine(options.Raw, name)]
            : Directory.EnumerateFiles(options.Raw).Where(path => path.EndsWith(".inter", StringComparison.Ordinal) || path.EndsWith(".inter.gz", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).ToArray();
        if (logs is not [var log])
        {
            throw new DataFormatException($"{options.Raw}: expected one file NAME.inter but found {(logs.Length == 0 ? "none" : string.Join(", ", logs.Select(Path.GetFileName)))}. Give RecBole's folder of one dataset, or name the file with --log.");
        }
        return Source(options, log, RawFolder.Find(options.Raw, options.ItemFile ?? RawFolder.Stem(log) + ".item"), arePartedBySpaces: true, "RecBole atomic files");
    }

    private static (IRawSource Source, PreparationPlan Plan) Source(RawDatasetOptions options, string log, string? items, bool arePartedBySpaces, string origin)
    {
        var malformed = new MalformedLines(options.MaxBad) { Meter = options.Meter };
        var rows = new RecordLog(log, options.Map, new RowParser(malformed), malformed)
        {
            IgnoresLabels = options.PositiveFrom is not null,
            AllLikes = options.AllLikes,
            FileOrder = options.FileOrder,
            Delimiter = options.Delimiter,
        };
        var texts = items is null ? null : new RecordItems(items, ItemLayouts.Mapped(options.ItemMap, arePartedBySpaces), malformed)
        {
            Delimiter = options.Delimiter,
            MayRepeat = Path.GetFullPath(items) == Path.GetFullPath(log),   // a log that carries texts names an item on each of its rows
        };
        var source = new RecordSource(rows, texts, malformed) { Cautions = [.. Cautions(options)] };
        return (source, new PreparationPlan
        {
            Name = RawFolder.DatasetName(RawFolder.Stem(log)),
            Source = $"{origin}: {Path.GetFileName(log)}{(items is null ? string.Empty : $" and {Path.GetFileName(items)}")}",
            Created = $"reader of records; items: {(items is null ? "none" : Path.GetFileName(items))}",
        });
    }

    private static IEnumerable<string> Cautions(RawDatasetOptions options)
    {
        if (options.AllLikes)
        {
            yield return "Every row is taken for a like, so nothing here says what users dislike.";
        }
        if (options.FileOrder)
        {
            yield return "The order of the log stands in for times, which are the rows' numbers.";
        }
    }
}

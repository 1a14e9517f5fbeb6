namespace ThinkRec.Data.Preparation;

/// <summary>A file of records with named fields: CSV, tab-separated or JSON lines, plain or gzipped, by its name.</summary>
/// <param name="path">The file.</param>
internal abstract class RecordFile(string path) : IDisposable
{
    private readonly List<string?> _values = [];

    /// <summary>The file's path.</summary>
    public string FilePath { get; } = path;

    /// <summary>The line that the record begins on, from 1.</summary>
    public abstract int Line { get; }

    /// <summary>The names in the header, or of the first object.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>The value of a field that was asked for by <see cref="Ask"/>; null when the record has none.</summary>
    public string? this[int field] => field < 0 ? null : _values[field];

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="malformed">Counts what is no record.</param>
    /// <param name="delimiter">What parts the fields of a table, whatever its name; null follows from the name.</param>
    /// <exception cref="DataFormatException">It is missing, empty, of no known format, or its header is malformed.</exception>
    public static RecordFile Open(string path, MalformedLines malformed, string? delimiter = null)
    {
        if (!File.Exists(path))
        {
            throw new DataFormatException($"{path}: there is no such file. Name one of the raw folder.");
        }
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^".gz".Length] : path;
        return Path.GetExtension(name).ToUpperInvariant() switch
        {
            ".JSON" or ".JSONL" or ".NDJSON" => new JsonRecords(path, malformed),
            _ when delimiter is not null => new TableRecords(path, delimiter, malformed),
            ".CSV" => new TableRecords(path, ",", malformed),
            ".TSV" or ".TAB" or ".INTER" or ".ITEM" => new TableRecords(path, "\t", malformed),
            _ => throw new DataFormatException($"{path}: expected a file .csv, .tsv, .jsonl or .json (one object a line), with .gz or without. Rename it."),
        };
    }

    /// <summary>Says that a field will be read.</summary>
    /// <returns>What to index this with.</returns>
    public int Ask(string name)
    {
        var field = Register(name);
        while (_values.Count <= field)
        {
            _values.Add(null);
        }
        return field;
    }

    /// <summary>Moves to the next record that is whole; others are counted.</summary>
    public abstract bool Next();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the file.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Gives a field its number, from 0 in the order of asking.</summary>
    protected abstract int Register(string name);

    /// <summary>Sets the value of a field.</summary>
    protected void Set(int field, string? value) => _values[field] = value;

    /// <summary>Forgets all values.</summary>
    protected void Clear()
    {
        for (var field = 0; field < _values.Count; field++)
        {
            _values[field] = null;
        }
    }
}

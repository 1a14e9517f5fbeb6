using ThinkRec.Data;

namespace ThinkRec.Teaching.Endpoint;

/// <summary>Keeps every answer on disk before it is used, so that a run that is stopped anywhere goes on without asking for it again.</summary>
internal sealed class SynthesisJournal : IDisposable
{
    private readonly Lock _lock = new();
    private readonly JournalFile _file;
    private readonly Dictionary<(string User, string Item, long Timestamp), List<JournalEntry>> _entries = [];

    private SynthesisJournal(string path, JournalHeader header)
    {
        _file = JournalFile.Open<JournalHeader, JournalEntry>(path, header, found => found.DifferenceTo(header), Remember);
        Found = Cost.Answers;
    }

    /// <summary>Answers that were in the file when it was opened.</summary>
    public int Found { get; }

    /// <summary>What all answers took.</summary>
    public ReasonCost Cost { get; private set; } = ReasonCost.None;

    /// <summary>Opens a journal, or begins one, and keeps others from it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">What its answers must be answers to.</param>
    /// <returns>The journal; dispose it.</returns>
    /// <exception cref="DataFormatException">A line is damaged, or the answers are to something else.</exception>
    /// <exception cref="IOException">Another process has it open, or it cannot be written.</exception>
    public static SynthesisJournal Open(string path, JournalHeader header) => new(path, header);

    /// <summary>The answers to a row, in the order in which they came.</summary>
    /// <param name="key">User, item and time of the row.</param>
    /// <returns>The caller's own list.</returns>
    public List<JournalEntry> Of((string User, string Item, long Timestamp) key)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(key, out var entries) ? [.. entries] : [];
        }
    }

    /// <summary>Writes an answer and waits until the disk has it.</summary>
    /// <param name="entry">The answer.</param>
    public void Add(JournalEntry entry)
    {
        lock (_lock)
        {
            _file.Add(entry);
            Remember(entry);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Remember(JournalEntry entry)
    {
        var key = (entry.User, entry.Item, entry.Timestamp);
        if (!_entries.TryGetValue(key, out var entries))
        {
            _entries[key] = entries = [];
        }

        entries.Add(entry);
        Cost = Cost.Plus(entry.Cost);
    }
}

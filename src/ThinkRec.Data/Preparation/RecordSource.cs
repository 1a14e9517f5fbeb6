namespace ThinkRec.Data.Preparation;

/// <summary>A log of records and, where there is one, a file of records about items.</summary>
/// <param name="log">The log.</param>
/// <param name="items">What is known about items; null when nothing is.</param>
/// <param name="malformed">What both count into.</param>
internal sealed class RecordSource(RecordLog log, RecordItems? items, MalformedLines malformed) : IRawSource
{
    /// <summary>What was taken for granted.</summary>
    public IReadOnlyList<string> Cautions { get; init; } = [];

    public IEnumerable<string> Notes => [.. Cautions, .. malformed.Summary is { } summary ? new[] { summary } : []];

    public IReadOnlySet<string>? DescribedItems() => items?.Ids();

    public IEnumerable<RawRow> Rows() => log.Rows();

    public IEnumerable<KeyValuePair<string, ItemText>> Texts(Func<string, bool> isWanted) => items?.Texts(isWanted) ?? [];
}

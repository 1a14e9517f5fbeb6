using ThinkRec.Data.Preparation;

namespace ThinkRec.Data.Tests.Preparation;

/// <summary>A source without files.</summary>
internal sealed class MemorySource(params RawRow[] rows) : IRawSource
{
    public Dictionary<string, ItemText>? Items { get; init; }

    public IEnumerable<string> Notes => ["read last"];

    public IReadOnlySet<string>? DescribedItems() => Items?.Keys.ToHashSet();

    public IEnumerable<RawRow> Rows() => rows;

    public IEnumerable<KeyValuePair<string, ItemText>> Texts(Func<string, bool> isWanted) => (Items ?? []).Where(item => isWanted(item.Key));

    /// <summary>Rows such as "u a 5 10": user, item, rating, time.</summary>
    public static MemorySource Of(params string[] rows) => new([.. rows.Select(row => row.Split(' ')).Select(row =>
        new RawRow(row[0], row[1], float.Parse(row[2], System.Globalization.CultureInfo.InvariantCulture), long.Parse(row[3], System.Globalization.CultureInfo.InvariantCulture)))]);

    public static PreparationPlan Plan { get; } = new() { Name = "memory", Source = "a test", Created = "by hand", PositiveFrom = 4, Split = new LeaveOneOutSplit() };
}

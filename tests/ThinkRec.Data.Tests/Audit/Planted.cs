using ThinkRec.Data.Audit;

namespace ThinkRec.Data.Tests.Audit;

/// <summary>Datasets with faults put into them.</summary>
internal static class Planted
{
    /// <summary>A dataset of such rows; users and items have as many ids as are needed, items a title of their own and a keyword.</summary>
    public static Dataset Rows(params Interaction[] rows) => Items(
        [.. Enumerable.Range(1, rows.Max(row => row.Item)).Select(item => new ItemText($"Title {item}", "", ["word"]))], rows);

    /// <summary>A dataset of such items.</summary>
    public static Dataset Items(ItemText[] texts, params Interaction[] rows) => new()
    {
        Card = TinyData.CardOf("tiny", null),
        Users = new IdMap(Enumerable.Range(1, rows.Select(row => row.User).DefaultIfEmpty(1).Max()).Select(user => $"u{user}")),
        Items = new IdMap(Enumerable.Range(1, texts.Length).Select(item => $"i{item}")),
        ItemTexts = [ItemText.Empty, .. texts],
        Interactions = rows,
    };

    /// <summary>Random rows in time order whose splits are anything.</summary>
    public static Dataset RandomSplits(long seed)
    {
        var dataset = TinyData.RandomRows(seed);
        var random = SeededRandom.Stream(seed, "splits");
        return Items(
            [.. dataset.ItemTexts.Skip(1)],
            [.. dataset.Interactions.Select(row => random.NextInt(3) == 0 ? row with { Split = (Split)random.NextInt(3) } : row)]);
    }

    public static int CountOf(this IReadOnlyList<AuditFinding> findings, string kind) => findings.SingleOrDefault(finding => finding.Kind == kind)?.Count ?? 0;
}

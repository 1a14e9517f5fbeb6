using ThinkRec.Data;

namespace ThinkRec.Models.Tests.Collaborative;

/// <summary>Datasets of a few rows.</summary>
internal static class TinyData
{
    internal static Dataset Make(int users, int items, string prefix = "i") => Of(
        users,
        items,
        [.. Enumerable.Range(0, 12).Select(row =>
            new Interaction(1 + (row % users), 1 + (row * 5 % items), row % 3 == 0 ? 2 : 4, row % 3 != 0, row, Split.Train))],
        prefix);

    /// <summary>Rows of random users, items, labels and times; the first half trains, the rest validates and tests.</summary>
    internal static Dataset Random(long seed, int users, int items, int rows)
    {
        var random = SeededRandom.Stream(seed, "rows");
        long second = 0;
        return Of(users, items, [.. Enumerable.Range(0, rows).Select(row =>
        {
            bool label = random.NextInt(2) == 1;
            second += random.NextInt(random.NextInt(1000) + 1);
            return new Interaction(
                1 + random.NextInt(users), 1 + random.NextInt(items), label ? 4 + (row % 2) : 1 + (row % 3), label, second, (Split)(Math.Max(0, (4 * row / rows) - 1)));
        })]);
    }

    internal static Dataset Of(int users, int items, Interaction[] rows, string prefix = "i") => new()
    {
        Card = new DatasetCard { Name = "tiny", ItemNoun = "item", ItemNounPlural = "items", Source = "test", Created = "test" },
        Users = new IdMap(Enumerable.Range(1, users).Select(u => $"u{u}")),
        Items = new IdMap(Enumerable.Range(1, items).Select(i => $"{prefix}{i}")),
        ItemTexts = [ItemText.Empty, .. Enumerable.Range(1, items).Select(Text)],
        Interactions = rows,
    };

    /// <summary>Two items differ in their words unless their numbers leave the same rest when divided by 4; those that can be divided have no year.</summary>
    private static ItemText Text(int item) =>
        new(item % 4 < 2 ? "Low Water" : "High Water", "", [item % 2 == 0 ? "even" : "odd"], item % 4 == 0 ? null : 1940 + (20 * (item % 4)));
}

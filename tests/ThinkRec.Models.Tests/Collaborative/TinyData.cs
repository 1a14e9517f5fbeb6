using ThinkRec.Data;

namespace ThinkRec.Models.Tests.Collaborative;

/// <summary>A dataset of a few rows.</summary>
internal static class TinyData
{
    internal static Dataset Make(int users, int items, string prefix = "i") => new()
    {
        Card = new DatasetCard { Name = "tiny", ItemNoun = "item", ItemNounPlural = "items", Source = "test", Created = "test" },
        Users = new IdMap(Enumerable.Range(1, users).Select(u => $"u{u}")),
        Items = new IdMap(Enumerable.Range(1, items).Select(i => $"{prefix}{i}")),
        ItemTexts = [.. Enumerable.Repeat(ItemText.Empty, items + 1)],
        Interactions = [.. Enumerable.Range(0, 12).Select(row =>
            new Interaction(1 + (row % users), 1 + (row * 5 % items), row % 3 == 0 ? 2 : 4, row % 3 != 0, row, Split.Train))],
    };
}

using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ThinkRec.Data.Tests;

/// <summary>Small datasets for tests, and the means to damage them on disk.</summary>
internal static class TinyData
{
    public static Dataset Three() => new()
    {
        Card = CardOf("tiny", 4),
        Users = new IdMap(["a", "b", "c"]),
        Items = new IdMap(["x", "y", "z"]),
        ItemTexts =
        [
            ItemText.Empty,
            new ItemText("First Light", "A dawn.", ["war", "tense"]),
            new ItemText("Second\tSight", string.Empty, []),
            new ItemText("Third Man", "1949", ["crime"], 1949),
        ],
        Interactions =
        [
            new(1, 1, 5, true, 10, Split.Train),
            new(1, 2, 2.5f, false, 20, Split.Train),
            new(1, 1, 4, true, 20, Split.Train),
            new(2, 2, 1, false, 30, Split.Train),
            new(1, 3, 4, true, 40, Split.Valid),
            new(2, 1, 3, false, 50, Split.Valid),
            new(3, 1, 5, true, 60, Split.Test),
        ],
    };

    public static DatasetCard CardOf(string name, double? positiveFrom) => new()
    {
        Name = name,
        ItemNoun = "film",
        ItemNounPlural = "films",
        Source = "a test",
        Created = "by hand",
        PositiveFrom = positiveFrom,
    };

    public static Dataset RandomRows(long seed)
    {
        var random = SeededRandom.Stream(seed, "test");
        var (numUsers, numItems, numRows) = (1 + random.NextInt(6), 1 + random.NextInt(5), random.NextInt(60));
        var time = 0L;
        var rows = new Interaction[numRows];
        for (var row = 0; row < numRows; row++)
        {
            time += random.NextInt(3);
            var label = random.NextInt(2) == 1;
            rows[row] = new Interaction(1 + random.NextInt(numUsers), 1 + random.NextInt(numItems), label ? 5 : 1, label, time, (Split)(3 * row / numRows));
        }
        return new Dataset
        {
            Card = CardOf("random", null),
            Users = new IdMap(Enumerable.Range(1, numUsers).Select(i => $"u{i}")),
            Items = new IdMap(Enumerable.Range(1, numItems).Select(i => $"i{i}")),
            ItemTexts = [ItemText.Empty, .. Enumerable.Range(1, numItems).Select(i => new ItemText($"Title {i}", string.Empty, []))],
            Interactions = rows,
        };
    }

    /// <summary>Changes a file and puts the new checksum on the card, so that the change itself is what reading meets.</summary>
    public static void Damage(string folder, string file, Func<string, string> change)
    {
        var path = Path.Combine(folder, file);
        File.WriteAllText(path, change(File.ReadAllText(path)));
        Reseal(folder, file);
    }

    public static void Reseal(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        var card = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "dataset.json")))!;
        card["files"]![file] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
        File.WriteAllText(Path.Combine(folder, "dataset.json"), card.ToJsonString());
    }
}

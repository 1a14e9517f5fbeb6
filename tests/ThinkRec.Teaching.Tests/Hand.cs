using ThinkRec.Data;

namespace ThinkRec.Teaching.Tests;

/// <summary>One user with a clear taste, written by hand.</summary>
internal static class Hand
{
    /// <param name="lastLabel">The label of the last row, which the teacher must not see.</param>
    public static Dataset Dataset(bool lastLabel = true) => new()
    {
        Card = new DatasetCard { Name = "hand", ItemNoun = "movie", ItemNounPlural = "movies", Source = "a test", Created = "by hand" },
        Users = new IdMap(["a"]),
        Items = new IdMap(["x", "y", "z", "v", "w"]),
        ItemTexts =
        [
            ItemText.Empty,
            new ItemText("Silent Harbor", string.Empty, ["war", "ocean", "tense"]),
            new ItemText("Happy Days", string.Empty, ["comedy", "village"]),
            new ItemText("Iron Comet", string.Empty, ["war", "space", "tense"]),
            new ItemText("Last Trench", string.Empty, ["war", "city", "tense"]),
            new ItemText("Merry Mill", string.Empty, ["comedy", "city"]),
        ],
        Interactions =
        [
            new(1, 1, 5, true, 1, Split.Train),
            new(1, 2, 1, false, 2, Split.Train),
            new(1, 3, 5, true, 3, Split.Train),
            new(1, 4, lastLabel ? 5 : 1, lastLabel, 4, Split.Train),
            new(1, 5, 1, false, 5, Split.Train),
        ],
    };
}

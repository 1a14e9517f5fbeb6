using ThinkRec.Data;

namespace ThinkRec.Training.Tests.Encoders;

/// <summary>A planted taste that keywords tell of, with years, ratings of five kinds, pauses, and rows of one second.</summary>
internal static class DescribedTaste
{
    internal static Dataset Make(int users, int items, int rowsOfUser)
    {
        Dataset planted = PlantedTaste.Make(users, items, rowsOfUser);
        return Of(planted, [.. planted.Interactions.Select((row, i) => row with { Rating = row.Label ? 4 + (i % 2) : 1 + (i % 3), Timestamp = SecondOf(i, users) })]);
    }

    /// <summary>The same people and items with other rows.</summary>
    internal static Dataset Of(Dataset like, Interaction[] rows) => new()
    {
        Card = like.Card,
        Users = like.Users,
        Items = like.Items,
        ItemTexts = [ItemText.Empty, .. Enumerable.Range(1, like.Items.Count - 1).Select(item =>
            new ItemText("", "", [item % 2 == 0 ? "even" : "odd", item % 3 == 0 ? "third" : "other"], item % 5 == 0 ? null : 1950 + (3 * item)))],
        Interactions = rows,
    };

    /// <summary>Two turns of all users fall into one second, two such seconds are a session, and then comes a pause.</summary>
    private static long SecondOf(int row, int users) => (row / (4 * users) * 90_000L) + (row / (2 * users) % 2 * 1000L);
}

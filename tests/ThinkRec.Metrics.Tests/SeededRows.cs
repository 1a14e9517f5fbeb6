namespace ThinkRec.Metrics.Tests;

/// <summary>Made-up scored rows, the same for the same seed.</summary>
internal static class SeededRows
{
    public static List<ScoredRow> Make(int seed, int users, int mostRows, int levels)
    {
        var random = new Random(seed);
        List<ScoredRow> rows = [];
        for (var user = 0; user < users; user++)
        {
            var count = random.Next(1, mostRows + 1);
            for (var item = 0; item < count; item++)
            {
                var label = random.NextDouble() < 0.5;
                var score = random.NextDouble() + (label ? 0.2 : 0);
                rows.Add(new ScoredRow($"u{user}", $"i{item}", label, levels > 0 ? Math.Round(score * levels) : score));
            }
        }

        return rows;
    }

    public static List<ScoredRow> OfUser(string user, params (int Label, double Score)[] rows) =>
        [.. rows.Select((row, i) => new ScoredRow(user, $"i{i}", row.Label == 1, row.Score))];

    public static List<ScoredRow> Shuffled(IReadOnlyList<ScoredRow> rows, int seed)
    {
        var copy = rows.ToArray();
        new Random(seed).Shuffle(copy);
        return [.. copy];
    }
}

namespace ThinkRec.Data.Tests;

public sealed class HistoriesTests
{
    [Fact]
    public void Histories_equal_a_brute_force_search_on_random_datasets()
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            var dataset = TinyData.RandomRows(seed);
            foreach (var isStrict in new[] { false, true })
            {
                var histories = new Histories(dataset, isStrict);
                for (var row = 0; row < dataset.Interactions.Length; row++)
                {
                    foreach (var kind in new[] { HistoryKind.Dual, HistoryKind.PositiveOnly })
                    {
                        foreach (var cap in new[] { 0, 1, 3, int.MaxValue })
                        {
                            var expected = BruteForce(dataset, row, cap, kind, isStrict);
                            Assert.True(expected.SequenceEqual(histories.Before(row, cap, kind)), $"seed {seed}, row {row}, {kind}, cap {cap}, strict {isStrict}");
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Latest_gives_the_last_rows_of_a_user_over_all_splits()
    {
        var histories = new Histories(TinyData.Three());

        Assert.Equal([2, 4], histories.Latest(1, 2, HistoryKind.Dual));
        Assert.Equal([0, 2, 4], histories.Latest(1, 10, HistoryKind.PositiveOnly));
        Assert.Empty(histories.Latest(2, 10, HistoryKind.PositiveOnly));
        Assert.Empty(histories.Latest(0, 10, HistoryKind.Dual));
    }

    [Fact]
    public void A_negative_cap_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Histories(TinyData.Three()).Before(2, -1, HistoryKind.Dual));

    private static int[] BruteForce(Dataset dataset, int row, int cap, HistoryKind kind, bool isStrict)
    {
        var target = dataset.Interactions[row];
        var all = Enumerable.Range(0, row).Where(earlier => dataset.Interactions[earlier].User == target.User
            && (kind == HistoryKind.Dual || dataset.Interactions[earlier].Label)
            && (!isStrict || dataset.Interactions[earlier].Timestamp < target.Timestamp)).ToArray();
        return [.. all.Skip(Math.Max(0, all.Length - cap))];
    }
}

namespace ThinkRec.Data.Tests;

public sealed class DatasetStatisticsTests
{
    [Fact]
    public void Statistics_of_a_tiny_set_equal_those_counted_by_hand()
    {
        var statistics = DatasetStatistics.Describe(TinyData.Three());

        Assert.Equal((4, 4), (statistics.UserTableSize, statistics.ItemTableSize));
        Assert.Equal(1 - (7 / 9.0), statistics.Sparsity, 12);
        Assert.Equal(0.5, statistics.SigmaOverMu!.Value, 12);                 // 3 and 1 rows: mean 2, deviation 1
        var (train, valid, test) = (statistics.Splits[0], statistics.Splits[1], statistics.Splits[2]);
        Assert.Equal((4, 2, 2, 0.5, 1.0), (train.Rows, train.Users, train.Items, train.PositiveRate, train.NotCold));
        Assert.Equal([0, 0, 0, 1, 2], train.HistoryLengths);                  // lengths 0, 1, 2, 0
        Assert.Equal((2, 2, 2, 0.5, 0.5), (valid.Rows, valid.Users, valid.Items, valid.PositiveRate, valid.NotCold));
        Assert.Equal([1, 1, 1, 3, 3], valid.HistoryLengths);
        Assert.Equal((1, 1, 1, 1.0, 0.0), (test.Rows, test.Users, test.Items, test.PositiveRate, test.NotCold));
    }

    [Fact]
    public void Cold_shares_balance_and_lengths_of_a_tiny_set_equal_those_counted_by_hand()
    {
        var statistics = DatasetStatistics.Describe(TinyData.Three());

        Assert.Equal(new TextCoverage(Titles: 3, Descriptions: 2, Keywords: 2, Years: 1), statistics.Texts);
        var (train, valid, test) = (statistics.Splits[0], statistics.Splits[1], statistics.Splits[2]);
        Assert.Equal((0.25, 1, 0.0, 0.0, 10, 30), (train.Sparsity, train.UsersOfBothLabels, train.ColdUsers, train.ColdItems, train.FirstTime, train.LastTime));
        Assert.Equal([1, 1, 1, 3, 3], train.RowsPerUser);                     // a has 3 rows, b has 1
        Assert.Equal([0, 0, 0, 1, 1], train.LikedHistoryLengths);             // 0, 1, 1, 0
        Assert.Equal((0.5, 0, 0.0, 0.5, 40, 50), (valid.Sparsity, valid.UsersOfBothLabels, valid.ColdUsers, valid.ColdItems, valid.FirstTime, valid.LastTime));
        Assert.Equal([0, 0, 0, 2, 2], valid.LikedHistoryLengths);
        Assert.Equal((0.0, 0, 1.0, 0.0), (test.Sparsity, test.UsersOfBothLabels, test.ColdUsers, test.ColdItems));
    }

    [Fact]
    public void History_lengths_equal_those_of_histories_on_random_datasets()
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            var dataset = TinyData.RandomRows(seed);
            var histories = new Histories(dataset);
            foreach (var split in DatasetStatistics.Describe(dataset).Splits.Where(split => split.Rows > 0))
            {
                var rows = dataset.RowsOf(split.Split);
                int[] Lengths(HistoryKind kind) => [.. rows.Select(row => histories.Before(row, int.MaxValue, kind).Length)];

                var (all, likes) = (Lengths(HistoryKind.Dual), Lengths(HistoryKind.PositiveOnly));

                Assert.True((all.Min(), all.Max()) == (split.HistoryLengths[0], split.HistoryLengths[4]), $"seed {seed}, {split.Split}");
                Assert.True((likes.Min(), likes.Max()) == (split.LikedHistoryLengths[0], split.LikedHistoryLengths[4]), $"seed {seed}, {split.Split}");
            }
        }
    }

    [Fact]
    public void The_text_shows_empty_splits_as_dashes()
    {
        var full = TinyData.Three();
        var dataset = new Dataset
        {
            Card = full.Card,
            Users = full.Users,
            Items = full.Items,
            ItemTexts = full.ItemTexts,
            Interactions = full.Interactions[..4],
        };

        var lines = DatasetStatistics.Describe(dataset).ToText().Split('\n');

        Assert.StartsWith("tiny: table sizes 4 users × 4 items", lines[0], StringComparison.Ordinal);
        Assert.Contains("0.5000", lines[2], StringComparison.Ordinal);
        Assert.Equal(["test", "0", "0", "0", "-", "-", "-"], lines[4].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["test", "-", "0", "-", "-", "-", "-", "-"], lines[8].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.EndsWith("1970-01-01 to 1970-01-01", lines[6], StringComparison.Ordinal);
        Assert.Equal("items with title 3, description 2, keywords 2, year 1", lines[9]);
    }
}

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
    }
}

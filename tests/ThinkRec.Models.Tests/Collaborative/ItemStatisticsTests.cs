using ThinkRec.Data;
using ThinkRec.Models.Collaborative;

namespace ThinkRec.Models.Tests.Collaborative;

public sealed class ItemStatisticsTests
{
    private const int NumItems = 10;

    [Fact]
    public void An_item_has_two_smoothed_shares_and_a_smoothed_rating_less_the_means_and_a_count()
    {
        // 4 of 6 are likes: item 1 has 3 of 3, item 2 has 1 of 3, item 3 has none. Ratings have mean 3 and variance 7/3.
        Dataset dataset = TinyData.Of(6, 3, [Row(1, 1, 5, true), Row(2, 1, 4, true), Row(3, 1, 4, true), Row(4, 2, 3, true), Row(5, 2, 1, false), Row(6, 2, 1, false)]);

        ItemStatistics statistics = ItemStatistics.Fit(dataset);

        float count = (float)(Math.Log(4) / 4), rating = (float)(2 / Math.Sqrt(7 / 3.0)); // 2, 1 and 1 above the mean, or below, in half standard deviations
        Assert.Equal((4 / 6.0, 3), (statistics.Labels.MeanLabel, statistics.Labels.MeanRating));
        Assert.Equal(Math.Sqrt(7 / 3.0), statistics.Labels.Deviation, 1e-9);
        AssertClose([0, 0, 0, 3, 3, rating, 1, 3, -rating, 0, 0, 0], [.. statistics.Counts]);
        AssertClose(
            [0, 0, 0, 0, 4f / 8, 4f / 43, 4 * rating / 13, count, -4f / 8, -4f / 43, -4 * rating / 13, count, 0, 0, 0, 0],
            Now(statistics, 4));
    }

    [Fact]
    public void A_row_sees_the_training_rows_of_strictly_earlier_seconds()
    {
        Dataset dataset = TinyData.Random(seed: 2, users: 20, NumItems, rows: 200);
        ItemStatistics statistics = ItemStatistics.Fit(dataset);
        Interaction[] train = [.. dataset.RowsOf(Split.Train).Select(row => dataset.Interactions[row])];
        double meanLabel = train.Average(r => r.Label ? 1.0 : 0), mean = train.Average(r => (double)r.Rating);
        double deviation = Math.Sqrt(train.Average(r => Math.Pow(r.Rating - mean, 2)));

        Assert.All(Enumerable.Range(0, dataset.Interactions.Length), row =>
        {
            Interaction asked = dataset.Interactions[row];
            Interaction[] earlier = [.. dataset.Interactions.Where(r => r.Split == Split.Train && r.Timestamp < asked.Timestamp && r.Item == asked.Item)];
            double surplus = earlier.Sum(r => (r.Label ? 1 : 0) - meanLabel);
            double rating = earlier.Sum(r => (r.Rating - mean) / (2 * deviation)) / (earlier.Length + 10);

            AssertClose(
                [(float)(4 * surplus / (earlier.Length + 5)), (float)(4 * surplus / (earlier.Length + 40)), (float)(4 * rating), (float)(Math.Log(1 + earlier.Length) / 4)],
                AsOf(statistics, row));
            (double label, double rated) = statistics.Residuals(row, asked);
            Assert.Equal((asked.Label ? 1 : 0) - meanLabel - (surplus / (earlier.Length + 5)), label, 1e-6);
            Assert.Equal(((asked.Rating - mean) / (2 * deviation)) - rating, rated, 1e-6);
        });
    }

    [Fact]
    public void Rows_of_one_second_do_not_see_each_other()
    {
        Dataset dataset = TinyData.Of(4, 1, [Row(1, 1, 5, true), Row(2, 1, 5, true), Row(3, 1, 1, false), Row(4, 1, 5, true) with { Timestamp = 1 }]);
        ItemStatistics statistics = ItemStatistics.Fit(dataset);

        Assert.All([0, 1, 2], row => Assert.Equal([0, 0, 0, 0], AsOf(statistics, row)));
        Assert.Equal((float)(Math.Log(4) / 4), AsOf(statistics, 3)[3]);
    }

    [Fact]
    public void Labels_and_ratings_outside_training_change_nothing()
    {
        Dataset dataset = TinyData.Random(seed: 5, users: 20, NumItems, rows: 200);
        Interaction[] changed = [.. dataset.Interactions.Select(r => r.Split == Split.Train ? r : r with { Label = !r.Label, Rating = 6 - r.Rating })];
        ItemStatistics one = ItemStatistics.Fit(dataset), other = ItemStatistics.Fit(TinyData.Of(20, NumItems, changed));

        Assert.Equal(one.Labels, other.Labels);
        Assert.Equal(one.Counts, other.Counts);
        Assert.All(Enumerable.Range(0, 200), row => Assert.Equal(AsOf(one, row), AsOf(other, row)));
    }

    [Fact]
    public void A_row_after_training_sees_the_end_of_training()
    {
        Dataset dataset = TinyData.Random(seed: 3, users: 20, NumItems, rows: 200);
        ItemStatistics statistics = ItemStatistics.Fit(dataset);
        long end = dataset.RowsOf(Split.Train).Max(row => dataset.Interactions[row].Timestamp);
        int[] later = [.. dataset.RowsOf(Split.Test).Where(row => dataset.Interactions[row].Timestamp > end)];

        Assert.NotEmpty(later);
        Assert.All(later, row => Assert.Equal(Now(statistics, NumItems + 1).AsSpan(dataset.Interactions[row].Item * ItemStatistics.Count, ItemStatistics.Count).ToArray(), AsOf(statistics, row)));
    }

    [Fact]
    public void Statistics_restored_from_counts_are_those_that_were_fitted()
    {
        Dataset dataset = TinyData.Random(seed: 4, users: 20, NumItems, rows: 200);
        ItemStatistics fitted = ItemStatistics.Fit(dataset);

        ItemStatistics restored = ItemStatistics.Restore(dataset, [.. fitted.Counts], fitted.Labels);

        Assert.Equal(Now(fitted, NumItems + 1), Now(restored, NumItems + 1));
        Assert.All(Enumerable.Range(0, 200), row => Assert.Equal(AsOf(fitted, row), AsOf(restored, row)));
    }

    [Fact]
    public void Without_a_training_row_all_numbers_are_zero()
    {
        ItemStatistics statistics = ItemStatistics.Fit(TinyData.Of(1, 2, []));

        Assert.Equal(new LabelScale(0, 0, 1), statistics.Labels);
        Assert.All(Now(statistics, 3), number => Assert.Equal(0, number));
    }

    [Fact]
    public void Ratings_that_are_all_alike_say_nothing()
    {
        ItemStatistics statistics = ItemStatistics.Fit(TinyData.Of(2, 1, [Row(1, 1, 3.7f, true), Row(2, 1, 3.7f, false)]));

        Assert.Equal(1, statistics.Labels.Deviation);
        Assert.Equal(0, Now(statistics, 2)[ItemStatistics.Count + 2], 1e-5f);
    }

    [Theory]
    [InlineData(float.MaxValue, 4)]
    [InlineData(-float.MaxValue, -4)]
    [InlineData(5, 0.5)]
    public void A_rating_far_from_all_others_counts_as_eight_standard_deviations(float rating, double expected)
    {
        Assert.Equal(expected, new LabelScale(0.5, 3, 2).Standardised(rating));
        Assert.Equal(Math.Sign(expected) * 4, new LabelScale(0.5, 3, 1e-300).Standardised(rating));
    }

    private static Interaction Row(int user, int item, float rating, bool label) => new(user, item, rating, label, 0, Split.Train);

    private static float[] Now(ItemStatistics statistics, int count)
    {
        var numbers = new float[count * ItemStatistics.Count];
        for (int item = 0; item < count; item++)
        {
            statistics.Now(item, numbers.AsSpan(item * ItemStatistics.Count));
        }

        return numbers;
    }

    private static float[] AsOf(ItemStatistics statistics, int row)
    {
        var numbers = new float[ItemStatistics.Count];
        statistics.AsOf(row, numbers);
        return numbers;
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }
}

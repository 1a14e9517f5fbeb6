using ThinkRec.Data;
using ThinkRec.Models.Collaborative;

namespace ThinkRec.Models.Tests.Collaborative;

public sealed class ItemStatisticsTests
{
    private const int NumItems = 10;

    [Fact]
    public void An_item_has_two_smoothed_shares_less_the_mean_and_a_count()
    {
        // 4 of 6 are likes: item 1 has 3 of 3, item 2 has 1 of 3, item 3 has none.
        Dataset dataset = TinyData.Of(6, 3, [Row(1, 1, true), Row(2, 1, true), Row(3, 1, true), Row(4, 2, true), Row(5, 2, false), Row(6, 2, false)]);

        ItemStatistics statistics = ItemStatistics.Fit(dataset);

        float count = (float)(Math.Log(4) / 4);
        AssertClose([0, 0, 0, 4f / 8, 4f / 43, count, -4f / 8, -4f / 43, count, 0, 0, 0], [.. statistics.All]);
        Assert.Equal(statistics.All, Seen(statistics, ItemStatistics.AllFolds, 4));
    }

    [Fact]
    public void A_training_row_sees_nothing_of_its_own_users_labels()
    {
        Dataset dataset = TinyData.Random(seed: 2, users: 20, NumItems, rows: 200);
        ItemStatistics statistics = ItemStatistics.Fit(dataset);

        Assert.All(dataset.RowsOf(Split.Train), row =>
        {
            int fold = ItemStatistics.FoldOf(dataset.Interactions[row].User);
            ItemStatistics flipped = ItemStatistics.Fit(Flip(dataset, row));

            Assert.Equal(Seen(statistics, fold), Seen(flipped, fold));
            Assert.NotEqual(Seen(statistics, fold + 1), Seen(flipped, fold + 1));
            Assert.NotEqual(statistics.All, flipped.All);
        });
    }

    [Fact]
    public void A_fold_sees_the_users_of_all_others()
    {
        Dataset dataset = TinyData.Random(seed: 3, users: 20, NumItems, rows: 200);
        ItemStatistics statistics = ItemStatistics.Fit(dataset);

        Assert.All(dataset.Interactions.Select(row => ItemStatistics.FoldOf(row.User)).Distinct(), fold =>
        {
            Interaction[] others = [.. dataset.Interactions.Where(row => ItemStatistics.FoldOf(row.User) != fold)];

            Assert.Equal(ItemStatistics.Fit(TinyData.Of(20, NumItems, others)).All, Seen(statistics, fold));
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Folds_are_of_like_size_also_among_every_nth_user(int step)
    {
        int[] sizes = [.. Enumerable.Range(1, 800).Select(i => ItemStatistics.FoldOf(i * step)).CountBy(fold => fold).OrderBy(f => f.Key).Select(f => f.Value)];

        Assert.Equal(8, sizes.Length);
        Assert.All(sizes, size => Assert.InRange(size, 95, 105));
    }

    [Fact]
    public void Rows_that_do_not_train_never_count()
    {
        Dataset dataset = TinyData.Random(seed: 4, users: 20, NumItems, rows: 200);
        ItemStatistics statistics = ItemStatistics.Fit(dataset);
        Interaction[] training = [.. dataset.Interactions.Where(row => row.Split == Split.Train)];
        ItemStatistics alone = ItemStatistics.Fit(TinyData.Of(20, NumItems, training));

        Assert.NotEmpty(dataset.RowsOf(Split.Valid));
        Assert.All(Enumerable.Range(0, 8).Append(ItemStatistics.AllFolds), fold => Assert.Equal(Seen(alone, fold), Seen(statistics, fold)));
    }

    [Fact]
    public void Without_a_training_row_all_numbers_are_zero()
    {
        Assert.All(ItemStatistics.Fit(TinyData.Of(1, 2, [])).All, number => Assert.Equal(0, number));
    }

    private static Interaction Row(int user, int item, bool label) => new(user, item, 0, label, 0, Split.Train);

    private static Dataset Flip(Dataset dataset, int row)
    {
        Interaction[] rows = [.. dataset.Interactions];
        rows[row] = rows[row] with { Label = !rows[row].Label };
        return TinyData.Of(20, NumItems, rows);
    }

    private static float[] Seen(ItemStatistics statistics, int fold, int count = NumItems + 1)
    {
        var numbers = new float[count * ItemStatistics.Count];
        for (int item = 0; item < count; item++)
        {
            statistics.CopyTo(item, fold % 8, numbers.AsSpan(item * ItemStatistics.Count, ItemStatistics.Count));
        }

        return numbers;
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }
}

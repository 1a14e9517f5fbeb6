using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Training.Encoders;

namespace ThinkRec.Training.Tests.Encoders;

public sealed class UserTimelineTests
{
    private const int NumItems = 12;
    private static readonly Dataset Rows = DescribedTaste.Make(users: 6, NumItems, rowsOfUser: 30);

    [Fact]
    public void Each_row_meets_what_all_earlier_rows_of_its_user_say()
    {
        ItemProperties properties = PropertiesOf(Rows);
        var statistics = ItemStatistics.Fit(Rows);
        var timeline = new UserTimeline(Rows, statistics, properties);

        Assert.All(Enumerable.Range(0, Rows.Interactions.Length), row =>
        {
            Interaction asked = Rows.Interactions[row];
            var user = new UserStatistics(statistics, properties);
            foreach (int before in Enumerable.Range(0, row).Where(r => Rows.Interactions[r].User == asked.User))
            {
                user.Add(before, Rows.Interactions[before]);
            }

            float[] moods = new float[UserStatistics.Count], tastes = new float[properties.Count];
            user.Read(asked.Timestamp, moods, tastes);
            Assert.Equal(moods, timeline.Mood(row).ToArray());
            Assert.Equal(tastes, timeline.Tastes(row).ToArray());
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(61)]
    [InlineData(125)]
    [InlineData(150)]
    public void No_row_meets_its_own_label_and_rating_or_later_ones(int from)
    {
        Interaction[] changed = [.. Rows.Interactions.Select((row, i) => i < from ? row : row with { Label = !row.Label, Rating = 6 - row.Rating })];
        Dataset other = DescribedTaste.Of(Rows, changed);

        // One scale for both: what all labels are measured against is no secret.
        ItemStatistics before = ItemStatistics.Fit(Rows), after = ItemStatistics.Restore(other, [.. before.Counts], before.Labels);
        UserTimeline one = new(Rows, before, PropertiesOf(Rows)), two = new(other, after, PropertiesOf(other));

        bool Same(int row) => one.Mood(row).SequenceEqual(two.Mood(row)) && one.Tastes(row).SequenceEqual(two.Tastes(row)) && Numbers(before, row).SequenceEqual(Numbers(after, row));
        int next = Enumerable.Range(from + 1, Rows.Interactions.Length - from - 1).First(row => Rows.Interactions[row].User == Rows.Interactions[from].User);
        Assert.All(Enumerable.Range(0, from + 1), row => Assert.True(Same(row), $"row {row}"));
        Assert.False(Same(next), $"row {next} does not notice row {from}");
    }

    private static ItemProperties PropertiesOf(Dataset dataset) => new(ItemWords.Collect(dataset.ItemTexts), dataset.ItemTexts);

    private static float[] Numbers(ItemStatistics statistics, int row)
    {
        var numbers = new float[ItemStatistics.Count];
        statistics.AsOf(row, numbers);
        return numbers;
    }
}

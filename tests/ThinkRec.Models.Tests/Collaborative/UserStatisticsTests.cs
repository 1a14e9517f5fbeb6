using ThinkRec.Data;
using ThinkRec.Models.Collaborative;

namespace ThinkRec.Models.Tests.Collaborative;

public sealed class UserStatisticsTests
{
    [Fact]
    public void Every_place_holds_what_the_definition_gives_for_the_events_before_it()
    {
        Dataset dataset = TinyData.Random(seed: 6, users: 3, items: 8, rows: 90);
        ItemStatistics statistics = ItemStatistics.Fit(dataset);
        int[] rows = [.. Enumerable.Range(0, 90).Where(row => dataset.Interactions[row].User == 2)];

        float[] numbers = Fill(dataset, rows, statistics);

        for (int t = 0; t <= rows.Length; t++)
        {
            double[] residuals = [.. rows[..t].Select(row => (dataset.Interactions[row].Label ? 1 : 0) - statistics.ShareAsOf(row))];
            foreach ((double halfLife, int i) in new[] { 3.0, 10, 30, 100 }.Select((h, i) => (h, i)))
            {
                double[] weights = [.. residuals.Select((_, j) => Math.Pow(0.5, (t - 1 - j) / halfLife))];
                Close(4 * residuals.Zip(weights, (r, w) => r * w).Sum() / (weights.Sum() + 2), t, i);
            }

            int first = t;
            while (first > 0 && (first == t || dataset.Interactions[rows[first]].Timestamp - dataset.Interactions[rows[first - 1]].Timestamp < 3600))
            {
                first--;
            }

            Close(4 * residuals[first..].Sum() / (t - first + 2), t, 4);
            Close(4 * (rows[..t].Count(row => dataset.Interactions[row].Label) - (statistics.Mean * t)) / (t + 5), t, 5);
            Close(Math.Log(1 + t) / 4, t, 6);
        }

        void Close(double expected, int place, int number) => Assert.Equal(expected, numbers[(place * UserStatistics.Count) + number], 1e-4);
    }

    [Fact]
    public void A_pause_of_an_hour_begins_a_new_session()
    {
        Interaction[] rows = [Row(0, false), Row(10, false), Row(3610, true)];
        Dataset one = TinyData.Of(1, 3, rows), two = TinyData.Of(1, 3, [rows[0], rows[1], rows[2] with { Timestamp = 3609 }]);

        float apart = Fill(one, [0, 1, 2], ItemStatistics.Fit(one))[(3 * UserStatistics.Count) + 4];
        float together = Fill(two, [0, 1, 2], ItemStatistics.Fit(two))[(3 * UserStatistics.Count) + 4];

        // Nothing trains, so that the mean is 0 and a residual is the label.
        Assert.Equal((4 / 3f, 4 / 5f), (apart, together));
    }

    private static Interaction Row(long second, bool label) => new(1, 1, 0, label, second, Split.Valid);

    private static float[] Fill(Dataset dataset, int[] rows, ItemStatistics statistics)
    {
        var numbers = new float[(rows.Length + 1) * UserStatistics.Count];
        UserStatistics.Fill(dataset, rows, statistics, numbers);
        return numbers;
    }
}

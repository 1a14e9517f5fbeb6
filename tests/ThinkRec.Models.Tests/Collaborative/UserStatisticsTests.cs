using ThinkRec.Data;
using ThinkRec.Models.Collaborative;

namespace ThinkRec.Models.Tests.Collaborative;

public sealed class UserStatisticsTests
{
    private const int Session = 8;
    private const int Events = 12;
    private const int Same = 14;
    private const int Gap = 16;
    private static readonly double[] Decays = [.. new[] { 3.0, 10, 30, 100 }.Select(halfLife => Math.Pow(0.5, 1 / halfLife))];

    [Fact]
    public void Every_number_is_what_the_definition_gives_for_the_events_before()
    {
        int sessions = 0, sames = 0;
        for (int seed = 1; seed <= 100; seed++)
        {
            Dataset dataset = TinyData.Random(seed, users: 3, items: 8, rows: 60);
            ItemStatistics statistics = ItemStatistics.Fit(dataset);
            var properties = new ItemProperties(ItemWords.Collect(dataset.ItemTexts), dataset.ItemTexts);
            var user = new UserStatistics(statistics, properties);
            int[] rows = [.. Enumerable.Range(0, 60).Where(row => dataset.Interactions[row].User == 2)];
            for (int t = 0; t <= rows.Length; t++)
            {
                Event[] before = [.. rows[..t].Select(row => EventOf(statistics, row, dataset.Interactions[row]))];
                long last = t == 0 ? 0 : before[^1].Time;
                foreach (long? now in new long?[] { null, last, last + (seed * 71), last + 3599, last + 3600, t < rows.Length ? dataset.Interactions[rows[t]].Timestamp : null })
                {
                    double[] expected = [.. Moods(before, now), .. Tastes(before, properties)];
                    float[] actual = Read(user, properties, now);
                    sessions += expected[13] > Math.Log(2) / 4 ? 1 : 0;
                    sames += expected[Same] > 0 ? 1 : 0;

                    Assert.Equal(expected.Length, actual.Length);
                    Assert.All(expected.Zip(actual).Select((pair, i) => (pair, i)), p => Assert.True(
                        Math.Abs(p.pair.First - p.pair.Second) < 1e-4, $"seed {seed}, place {t}, moment {now}: number {p.i} is {p.pair.Second}, expected {p.pair.First}"));
                }

                if (t < rows.Length)
                {
                    user.Add(rows[t], dataset.Interactions[rows[t]]);
                }
            }
        }

        Assert.True(sessions > 100 && sames > 100, $"{sessions} sessions of two events and more, {sames} moments of the last event's second");
    }

    [Fact]
    public void Of_an_unknown_user_nothing_is_known()
    {
        Dataset dataset = TinyData.Random(seed: 1, users: 2, items: 4, rows: 20);
        (UserStatistics user, ItemProperties properties) = Unknown(dataset);

        // Only the gap, as long as can be, is not zero.
        float[] nothing = [.. Enumerable.Range(0, UserStatistics.Count + properties.Count).Select(i => i == Gap ? 1f : 0)];
        Assert.Equal(nothing, Read(user, properties, null));
        Assert.Equal(nothing, Read(user, properties, 0));
    }

    [Fact]
    public void A_pause_of_an_hour_begins_a_new_session()
    {
        Interaction[] rows = [Row(1, 0, false), Row(1, 10, false), Row(1, 3610, true)];

        // Nothing trains, so that the mean is 0 and a residual is the label.
        Assert.Equal(4 / 3f, After(rows, 3610)[Session]);
        Assert.Equal(4 / 5f, After([rows[0], rows[1], rows[2] with { Timestamp = 3609 }], 3609)[Session]);
    }

    [Fact]
    public void A_session_is_over_an_hour_after_its_last_event()
    {
        Interaction[] rows = [Row(1, 0, true), Row(1, 10, true)];

        Assert.Equal(2f, After(rows, 3609)[Session]);
        Assert.Equal(0f, After(rows, 3610)[Session]);
        Assert.Equal(0f, After(rows, null)[Session]);
    }

    [Fact]
    public void Tastes_are_for_what_the_liked_have_and_the_disliked_have_not()
    {
        // Items 2 and 6 are even and late, 1 and 5 odd and early.
        Interaction[] rows = [.. Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? Row(2 + (4 * (i / 2 % 2)), i, true) : Row(1 + (4 * (i / 2 % 2)), i, false))];
        float[] fond = After(rows, null)[UserStatistics.Count..], averse = After([.. rows.Select(row => row with { Rating = 6 - row.Rating })], null)[UserStatistics.Count..];
        (int odd, int even, int year) = (0, 1, 2);

        Assert.True(fond[even] > 0.5 && fond[even] > fond[odd] + 1 && fond[year] > 0.2, string.Join(", ", fond));
        Assert.True(averse[even] < averse[odd] - 1 && averse[year] < -0.2, string.Join(", ", averse));
    }

    [Fact]
    public void The_count_stops_where_histories_are_cut()
    {
        Interaction[] rows = [.. Enumerable.Range(0, UserStatistics.History + 20).Select(i => Row(1, i, true))];

        Assert.Equal((float)(Math.Log(251) / 4), After(rows, null)[Events]);
        Assert.Equal((float)(Math.Log(250) / 4), After(rows[..249], null)[Events]);
    }

    [Fact]
    public void A_cut_history_says_nearly_what_a_whole_one_says()
    {
        Dataset dataset = TinyData.Random(seed: 8, users: 1, items: 7, rows: 1000);
        (UserStatistics whole, ItemProperties properties) = Unknown(dataset);
        (UserStatistics cut, _) = Unknown(dataset);
        for (int row = 0; row < 1000; row++)
        {
            whole.Add(row, dataset.Interactions[row]);
            if (row >= 1000 - UserStatistics.History)
            {
                cut.Add(row, dataset.Interactions[row]);
            }
        }

        Assert.All(Read(whole, properties, null).Zip(Read(cut, properties, null)), pair => Assert.Equal(pair.First, pair.Second, 0.1f));
    }

    [Fact]
    public void Clocks_that_go_backwards_or_around_do_no_harm()
    {
        Interaction[] rows = [Row(1, long.MinValue, true), Row(2, 5, false), Row(1, long.MaxValue, true)];

        Assert.All(After(rows, long.MinValue), number => Assert.True(float.IsFinite(number)));
        Assert.All(After(rows, 0), number => Assert.True(float.IsFinite(number)));
        Assert.All(After(rows, null), number => Assert.True(float.IsFinite(number)));
    }

    private sealed record Event(int Item, double Label, double Rating, long Time);

    private static Event EventOf(ItemStatistics statistics, int number, Interaction row)
    {
        (double label, double rating) = statistics.Residuals(number, row);
        return new Event(row.Item, label, rating, row.Timestamp);
    }

    private static double[] Moods(Event[] before, long? now)
    {
        double[] labels = [.. Decays.Select(decay => Faded([.. before.Select(e => e.Label)], decay, 2))];
        double[] ratings = [.. Decays.Select(decay => Faded([.. before.Select(e => e.Rating)], decay, 2))];
        int first = before.Length;
        for (long? next = now; first > 0 && next != null && next - before[first - 1].Time < 3600; first--)
        {
            next = before[first - 1].Time;
        }

        Event[] session = before[first..];
        Event last = before.LastOrDefault() ?? new Event(0, 0, 0, 0);
        double gap = before.Length == 0 || now == null ? 1 : Math.Log2(1 + now.Value - last.Time) / 24;
        double same = before.Length > 0 && now == last.Time ? 1 : 0;
        return [
            .. labels, .. ratings,
            4 * session.Sum(e => e.Label) / (session.Length + 2), 4 * session.Sum(e => e.Rating) / (session.Length + 2), 2 * last.Label, 2 * last.Rating,
            Math.Log(1 + before.Length) / 4, Math.Log(1 + session.Length) / 4, same, same * 2 * last.Label,
            gap, gap * 2 * last.Label, gap * labels[0], gap * labels[1]];
    }

    private static double[] Tastes(Event[] before, ItemProperties properties) =>
    [
        .. Enumerable.Range(0, properties.Count).Select(axis =>
        {
            bool isYear = axis == properties.Count - 1;
            (double sum, double weight) = (0, 0);
            for (int i = 0; i < before.Length; i++)
            {
                double place = isYear ? properties.YearOf(before[i].Item) : properties.KeywordsOf(before[i].Item).Contains(axis) ? 1 : 0;
                double level = Faded([.. before[..i].Select(e => e.Rating)], 0.93, 3) / 4;
                double fade = Math.Pow(0.99, before.Length - 1 - i);
                sum += fade * place * (before[i].Rating - level);
                weight += fade * place * place;
            }

            return 4 * sum / (weight + (isYear ? 10 : 5));
        }),
    ];

    /// <summary>Four times the smoothed mean of values, the last of which counts in full.</summary>
    private static double Faded(double[] values, double decay, double prior)
    {
        double[] weights = [.. values.Select((_, i) => Math.Pow(decay, values.Length - 1 - i))];
        return 4 * values.Zip(weights, (value, weight) => value * weight).Sum() / (weights.Sum() + prior);
    }

    private static Interaction Row(int item, long second, bool label) => new(1, item, label ? 5 : 1, label, second, Split.Valid);

    /// <summary>Mood and tastes after rows that do not train.</summary>
    private static float[] After(Interaction[] rows, long? now)
    {
        Dataset dataset = TinyData.Of(1, 7, rows);
        (UserStatistics user, ItemProperties properties) = Unknown(dataset);
        for (int row = 0; row < rows.Length; row++)
        {
            user.Add(row, rows[row]);
        }

        return Read(user, properties, now);
    }

    private static (UserStatistics User, ItemProperties Properties) Unknown(Dataset dataset)
    {
        var properties = new ItemProperties(ItemWords.Collect(dataset.ItemTexts), dataset.ItemTexts);
        return (new UserStatistics(ItemStatistics.Fit(dataset), properties), properties);
    }

    private static float[] Read(UserStatistics user, ItemProperties properties, long? now)
    {
        float[] moods = new float[UserStatistics.Count], tastes = new float[properties.Count];
        user.Read(now, moods, tastes);
        return [.. moods, .. tastes];
    }
}

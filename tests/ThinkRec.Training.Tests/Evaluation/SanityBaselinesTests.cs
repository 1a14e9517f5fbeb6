using ThinkRec.Data;
using ThinkRec.Training.Evaluation;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Evaluation;

[Collection(SeededEngine.Name)]
public sealed class SanityBaselinesTests
{
    private static readonly Dataset Planted = PlantedTaste.Make(users: 20, items: 12, rowsOfUser: 30);

    [Fact]
    public void Item_mean_popularity_and_user_bias_are_what_counting_by_hand_gives()
    {
        // Training: item 1 has 2 of 2 likes, item 2 has 0 of 1; the mean is 2/3. User 2 liked what half of the people like.
        Dataset dataset = Of((1, 1, true, Split.Train), (2, 1, true, Split.Train), (2, 2, false, Split.Train), (1, 2, true, Split.Valid), (2, 3, false, Split.Valid));
        double mean = 2 / 3.0, first = (2 + (10 * mean)) / 12, second = (10 * mean) / 11;

        Assert.Equal([second, mean], Scores(dataset, "item mean"), Close);
        Assert.Equal([1, 0], Scores(dataset, "popularity"), Close);
        Assert.Equal([second + ((1 - first) / 6), mean + ((1 - first - second) / 7)], Scores(dataset, "user + item bias"), Close);
    }

    [Fact]
    public void The_decayed_residual_is_a_weighted_mean_over_all_earlier_rows_of_the_user()
    {
        int[] rows = Planted.RowsOf(Split.Test);
        double[] means = ItemMeans(Planted);

        double[] expected = [.. rows.Select(row =>
        {
            Interaction target = Planted.Interactions[row];
            Interaction[] before = [.. Planted.Interactions[..row].Where(r => r.User == target.User).Reverse()];
            double[] weights = [.. before.Select((_, age) => Math.Pow(0.5, age / 10.0))];
            return means[target.Item] + (before.Zip(weights, (r, w) => w * ((r.Label ? 1 : 0) - means[r.Item])).Sum() / (weights.Sum() + 1));
        })];

        Assert.Equal(expected, Scores(Planted, "item mean + decayed user residual", Split.Test), Close);
    }

    [Fact]
    public void The_regression_prefers_items_that_were_liked_and_is_near_the_share_of_likes()
    {
        // Nine items of 40 rows each, liked by 10 % to 90 %.
        (int, int, bool, Split)[] rows = [.. Enumerable.Range(0, 360).Select(i => (1 + (i / 9), 1 + (i % 9), i / 9 % 10 <= i % 9, Split.Train))];
        Dataset dataset = Of([.. rows, .. Enumerable.Range(1, 9).Select(item => (1, item, item > 4, Split.Valid))]);

        double[] scores = Scores(dataset, "regression on item statistics");

        Assert.Equal(scores.Order(), scores);
        Assert.All(scores.Select((s, i) => (Chance: 1 / (1 + Math.Exp(-s)), Share: (i + 1) / 10.0)), p => Assert.InRange(p.Chance, p.Share - 0.1, p.Share + 0.1));
    }

    [Fact]
    public void Labels_outside_training_count_in_the_users_own_past_only()
    {
        int[] rows = Planted.RowsOf(Split.Test);
        int flipped = Planted.RowsOf(Split.Valid)[0];
        Interaction[] changed = [.. Planted.Interactions];
        changed[flipped] = changed[flipped] with { Label = !changed[flipped].Label };
        Dataset other = Of(Planted, changed);

        var before = SanityBaselines.Score(Planted, rows);
        var after = SanityBaselines.Score(other, rows);

        Assert.Equal(5, before.Count);
        Assert.All(before.Zip(after), pair =>
        {
            string[] moved = [.. pair.First.Rows.Zip(pair.Second.Rows).Where(p => p.First.Score != p.Second.Score).Select(p => p.First.UserId).Distinct()];
            Assert.Equal(pair.First.Name.Contains("residual", StringComparison.Ordinal) ? [Planted.Users[Planted.Interactions[flipped].User]] : [], moved);
        });
    }

    private static bool Close(double expected, double actual) => Math.Abs(expected - actual) < 1e-9;

    private static double[] ItemMeans(Dataset dataset)
    {
        Interaction[] train = [.. dataset.RowsOf(Split.Train).Select(r => dataset.Interactions[r])];
        double mean = train.Average(r => r.Label ? 1.0 : 0);
        return [.. Enumerable.Range(0, dataset.Items.Count).Select(i => (train.Count(r => r.Item == i && r.Label) + (10 * mean)) / (train.Count(r => r.Item == i) + 10.0))];
    }

    private static double[] Scores(Dataset dataset, string name, Split split = Split.Valid) =>
        [.. SanityBaselines.Score(dataset, dataset.RowsOf(split)).Single(b => b.Name == name).Rows.Select(r => r.Score)];

    private static Dataset Of(params (int User, int Item, bool Label, Split Split)[] rows)
    {
        Interaction[] interactions = [.. rows.Select((r, time) => new Interaction(r.User, r.Item, r.Label ? 5 : 1, r.Label, time, r.Split))];
        return Of(PlantedTaste.Make(rows.Max(r => r.User), rows.Max(r => r.Item), 1), interactions);
    }

    private static Dataset Of(Dataset like, Interaction[] rows) => new()
    {
        Card = like.Card,
        Users = like.Users,
        Items = like.Items,
        ItemTexts = like.ItemTexts,
        Interactions = rows,
    };
}

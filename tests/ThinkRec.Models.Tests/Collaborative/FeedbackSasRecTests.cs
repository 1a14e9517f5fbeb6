using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Collaborative;

[Collection(LiveTensors.Name)]
public sealed class FeedbackSasRecTests : TensorTest
{
    private const int Size = 8;
    private const int MaxLength = 6;
    private const float Tolerance = 1e-5f;

    // Items 2 and 6 have the same words, as have 1 and 5, and 3 and 7.
    private static readonly bool[] TrainedItems = [false, true, false, true, true, true, false, true];
    private static readonly Dataset Rows = TinyData.Random(seed: 1, users: 1, items: 7, rows: 40);
    private static readonly ItemWords Words = ItemWords.Collect(Rows.ItemTexts);
    private static readonly ItemProperties Properties = new(Words, Rows.ItemTexts);

    [Fact]
    public void A_users_vector_does_not_depend_on_later_events()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using FeedbackSasRec model = Model();

        Tensor one = model.UserVectors(FeedbackEvents.From(Rows, [[0, 1, 2, 3, 4, 5]], NoStatistics(), Properties.Count)).Squeeze(0);
        Tensor other = model.UserVectors(FeedbackEvents.From(Rows, [[0, 1, 2, 20, 31, 32]], NoStatistics(), Properties.Count)).Squeeze(0);

        AssertClose(Places(one, 0, 4), Places(other, 0, 4));
        AssertFar(Places(one, 4, 1), Places(other, 4, 1));
    }

    [Fact]
    public void A_users_vector_depends_on_every_event_before()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRecEncoder encoder = Encoder();
        int[] history = [0, 1, 2, 3, 4, 5];
        float[] whole = History(encoder, history);

        Assert.All(history, left => AssertFar(whole, History(encoder, [.. history.Where(row => row != left)])));
    }

    [Fact]
    public void Earlier_rows_count_as_the_beginning_of_a_users_history()
    {
        using var scope = TensorScope.Begin();
        Interaction[] rows = [.. Rows.Interactions.Select(row => row with { Split = Split.Train })];
        Dataset plain = TinyData.Of(1, 7, rows);
        Dataset known = new()
        {
            Card = plain.Card,
            Users = plain.Users,
            Items = plain.Items,
            ItemTexts = plain.ItemTexts,
            EarlierRows = [.. rows[..4].Select(row => row with { Split = Split.None })],
            Interactions = rows[4..],
        };
        using FeedbackSasRecEncoder whole = Encoder(plain, ItemStatistics.Fit(plain));
        using FeedbackSasRecEncoder split = Encoder(known, ItemStatistics.Fit(known.WithEarlierRows()));

        AssertClose(History(whole, [0, 1, 2, 3, 4, 5]), History(split, [0, 1]));
        AssertClose(History(whole, [0, 1, 2, 3]), History(split, []));
        int item = rows[6].Item;
        AssertClose(
            whole.ItemVectors([item], [new UserState(1, [], Row: 6)]).ToFloats(),
            split.ItemVectors([item], [new UserState(1, [], Row: 2)]).ToFloats());
        AssertFar(Item(split, item), split.ItemVectors([item], [new UserState(1, [], Row: 2)]).ToFloats());
    }

    [Fact]
    public void A_batch_of_unequal_histories_gives_what_each_gives_alone()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRecEncoder encoder = Encoder();
        int[][] histories = [[0, 1, 2], [], [5, 6, 7, 8, 9, 10], [11]];

        float[] together = encoder.UserVectors([.. histories.Select(h => new UserState(1, h))]).ToFloats();

        AssertClose([.. histories.SelectMany(h => History(encoder, h))], together);
    }

    [Fact]
    public void A_dislike_is_told_from_a_like()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRecEncoder encoder = Encoder();
        int disliked = Array.FindIndex(Rows.Interactions, row => !row.Label);
        int liked = Array.FindIndex(Rows.Interactions, row => row.Label && row.Item == Rows.Interactions[disliked].Item);

        // The first event of a history has no time before it, so that nothing but the label differs.
        AssertFar(History(encoder, [disliked]), History(encoder, [liked]));
    }

    [Fact]
    public void Hours_between_events_are_told_from_seconds()
    {
        using var scope = TensorScope.Begin();
        Dataset dataset = TinyData.Of(1, 7, [Row(1, 0), Row(2, 10), Row(2, 7200), Row(2, 7300)]);
        using FeedbackSasRecEncoder encoder = Encoder(dataset);

        AssertFar(History(encoder, [0, 1]), History(encoder, [0, 2]));
        AssertClose(History(encoder, [0, 2]), History(encoder, [0, 3]));
    }

    [Fact]
    public void A_rating_is_told_from_another_with_the_same_label()
    {
        using var scope = TensorScope.Begin();
        Dataset dataset = TinyData.Of(1, 7, [Row(1, 0), Row(1, 0) with { Rating = 4 }]);
        using FeedbackSasRecEncoder encoder = Encoder(dataset);
        float[] with = [.. History(encoder, [0]), .. History(encoder, [1])];
        Overwrite(encoder.Model, "mood.weight", 0);
        Overwrite(encoder.Model, "taste", 0);

        // By the user's mood, and by the event itself.
        AssertFar(with[..(with.Length / 2)], with[(with.Length / 2)..]);
        AssertFar(History(encoder, [0]), History(encoder, [1]));
        Overwrite(encoder.Model, "residual.weight", 0);
        AssertClose(History(encoder, [0]), History(encoder, [1]));
    }

    [Fact]
    public void The_moment_is_told_from_another_and_none_is_long_after()
    {
        using var scope = TensorScope.Begin();
        Dataset dataset = TinyData.Of(1, 7, [Row(1, 100), Row(2, 110)]);
        using FeedbackSasRecEncoder encoder = Encoder(dataset);
        float[] At(long? time) => encoder.UserVectors([new UserState(1, [0, 1], time)]).ToFloats();

        AssertFar(At(110), At(111));
        AssertFar(At(111), At(4000));
        AssertFar(At(4000), At(null));
        AssertClose(At(110 + (1 << 24)), At(null));
    }

    [Fact]
    public void Attention_reads_the_last_events_only_and_the_mood_all()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRecEncoder encoder = Encoder();
        int[] all = [0, 1, 2, 3, 4, 5, 6, 7, 8];
        AssertFar(History(encoder, all[3..]), History(encoder, all));

        Overwrite(encoder.Model, "mood.weight", 0);
        Overwrite(encoder.Model, "taste", 0);

        AssertClose(History(encoder, all[3..]), History(encoder, all));
        AssertFar(History(encoder, all[4..]), History(encoder, all));
        Assert.Equal(UserStatistics.History, encoder.HistoryLength);
    }

    [Fact]
    public void An_untrained_item_is_known_by_its_words()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRecEncoder encoder = Encoder(trained: [false, true, false, false, false, true, false, true]);

        AssertClose(Item(encoder, 2), Item(encoder, 6));
        AssertFar(Item(encoder, 2), Item(encoder, 3));
        AssertFar(Item(encoder, 2), Item(encoder, 4));
    }

    [Fact]
    public void Trained_items_with_the_same_words_differ_and_so_do_untrained_ones_with_other_statistics()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRecEncoder encoder = Encoder();
        using FeedbackSasRecEncoder counted = Encoder(statistics: ItemStatistics.Restore(Rows, [.. Enumerable.Range(0, 24).Select(i => i % 3 == 1 ? i : 1f)], new LabelScale(0.5, 3, 1)));

        AssertFar(Item(encoder, 1), Item(encoder, 5));
        AssertFar(Item(counted, 2), Item(counted, 6));
    }

    [Fact]
    public void The_own_vector_of_an_untrained_item_has_no_influence()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRecEncoder encoder = Encoder();
        int withUntrained = Array.FindIndex(Rows.Interactions, row => row.Item == 2);
        float[] before = [.. Item(encoder, 2), .. History(encoder, [withUntrained])];
        float[] trained = Item(encoder, 1);

        Overwrite(encoder.Model, "item_emb.weight", 3, row: 2);
        Overwrite(encoder.Model, "item_emb.weight", 3, row: 1);
        float[] after = [.. Item(encoder, 2), .. History(encoder, [withUntrained])];

        Assert.Equal(before, after);
        AssertFar(trained, Item(encoder, 1));
    }

    [Fact]
    public void The_first_places_of_the_vectors_carry_tastes_and_the_last_two_the_biases()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRecEncoder encoder = Encoder();
        float[][] users = [History(encoder, []), History(encoder, [0, 1]), History(encoder, [2])];
        float[][] items = [Item(encoder, 1), Item(encoder, 2), Item(encoder, 3)];
        UserState[] states = [new(1, []), new(1, [0, 1]), new(1, [2])];

        float[] dot = (encoder.UserVectors(states) * encoder.ItemVectors([1, 2, 3])).Sum(-1).ToFloats();

        Assert.All(users, user => Assert.Equal(1, user[^1]));
        Assert.All(items, item => Assert.Equal(1, item[^2]));
        Assert.Equal(3, users.Select(user => user[^2]).Distinct().Count());
        Assert.Equal(3, items.Select(item => item[^1]).Distinct().Count());
        Assert.Equal((Size + 3, Size + 3), (users[0].Length, encoder.VectorSize));
        AssertClose([.. users.Zip(items, (u, i) => u.Zip(i, (a, b) => a * b).Take(3 + Size - 2).Sum() + u[^2] + i[^1])], dot);
    }

    [Fact]
    public void Places_of_tastes_are_the_users_weighted_and_the_items_properties()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRecEncoder encoder = Encoder();
        ItemStatistics statistics = NoStatistics();
        var user = new UserStatistics(statistics, Properties);
        float[] moods = new float[UserStatistics.Count], tastes = new float[3], properties = new float[3];
        int[] history = [.. new[] { Array.FindIndex(Rows.Interactions, row => row.Item == 1), Array.FindIndex(Rows.Interactions, row => row.Item == 6) }.Order()];
        user.Add(history[0], Rows.Interactions[history[0]]);
        user.Add(history[1], Rows.Interactions[history[1]]);
        user.Read(null, moods, tastes);
        Properties.Fill(6, properties);
        Overwrite(encoder.Model, "taste", 0.5);

        AssertClose([.. tastes.Select(taste => taste / 2)], History(encoder, history)[..3]);
        Assert.Equal(properties, Item(encoder, 6)[..3]);
        Assert.All(tastes, taste => Assert.NotEqual(0, taste));
    }

    [Fact]
    public void What_a_regression_says_is_where_the_model_begins()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRecEncoder encoder = Encoder();
        foreach (Parameter parameter in encoder.Model.Parameters())
        {
            Overwrite(encoder.Model, parameter.Key, 0);
        }

        float[] mood = [.. Enumerable.Range(1, UserStatistics.Count).Select(i => i / 10f)], rank = [0.1f, -0.2f, 0.3f, 0.4f], taste = [2, -3, 0.5f];
        encoder.Model.BeginAt(mood, rank, taste, intercept: -0.7f);

        var user = new UserStatistics(encoder.Statistics, Properties);
        float[] moods = new float[UserStatistics.Count], tastes = new float[3], numbers = new float[ItemStatistics.Count];
        user.Add(0, Rows.Interactions[0]);
        user.Add(1, Rows.Interactions[1]);
        user.Read(Rows.Interactions[1].Timestamp + 5, moods, tastes);
        float[] expected = [.. Enumerable.Range(1, 7).Select(item =>
        {
            var properties = new float[3];
            encoder.Statistics.Now(item, numbers);
            Properties.Fill(item, properties);
            return Dot(mood, moods) + Dot(rank, numbers) + Dot(taste, [.. tastes.Zip(properties, (t, p) => t * p)]) - 0.7f;
        })];
        Tensor state = encoder.UserVectors([new UserState(1, [0, 1], Rows.Interactions[1].Timestamp + 5)]);
        AssertClose(expected, (state * encoder.ItemVectors([1, 2, 3, 4, 5, 6, 7])).Sum(-1).ToFloats());
        Assert.True(expected.Distinct().Count() > 2, "the items are all alike");
    }

    [Fact]
    public void Items_are_hidden_in_training_only()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using FeedbackSasRec model = Model(itemDropout: 0.5);
        float[] Vectors() => model.ItemVectors([1, 3, 4, 5, 7], new float[5 * ItemStatistics.Count]).ToFloats();
        float[] whole = Vectors();

        model.SetTraining(true);
        Engine.ManualSeed(3);
        float[] one = Vectors(), two = Vectors();
        model.SetTraining(false);

        Assert.NotEqual(one, two);
        Assert.NotEqual(whole, one);
        Assert.Equal(whole, Vectors());
    }

    [Theory]
    [InlineData(3, 1, 0.3, "embeddingSize is 3, expected at least 4")]
    [InlineData(8, 3, 0.3, "embeddingSize 8 is not a multiple of numHeads 3")]
    [InlineData(8, 2, 1.0, "itemDropout is 1, expected 0 or more and less than 1")]
    [InlineData(8, 2, double.NaN, "itemDropout is NaN, expected 0 or more and less than 1")]
    public void Sizes_that_cannot_be_built_are_named(int size, int heads, double itemDropout, string said)
    {
        var config = new FeedbackSasRecConfig { EmbeddingSize = size, NumHeads = heads, ItemDropout = itemDropout };

        Assert.Equal([said], config.Problems());
    }

    private static Interaction Row(int item, long second) => new(1, item, 5, true, second, Split.Train);

    private static float[] Places(Tensor vectors, int start, int count) => vectors.Narrow(0, start, count).ToFloats();

    private static float[] History(FeedbackSasRecEncoder encoder, int[] rows) => encoder.UserVectors([new UserState(1, rows)]).ToFloats();

    private static float[] Item(FeedbackSasRecEncoder encoder, int item) => encoder.ItemVectors([item]).ToFloats();

    private static float Dot(float[] one, float[] other) => one.Zip(other, (a, b) => a * b).Sum();

    private static void Overwrite(FeedbackSasRec model, string key, double value, int? row = null)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor weight = model.Parameters().Single(p => p.Key == key).Value;
        (row is int index ? weight.Select(0, index) : weight.Alias()).FillInPlace(value);
    }

    private static FeedbackSasRecEncoder Encoder(Dataset? dataset = null, ItemStatistics? statistics = null, bool[]? trained = null)
    {
        FeedbackSasRec model = Model(trained: trained);
        return new(model, Words, Properties, statistics ?? NoStatistics(dataset), dataset ?? Rows, trained ?? TrainedItems);
    }

    private static FeedbackSasRec Model(double itemDropout = 0, bool[]? trained = null)
    {
        using var generator = new Generator(5);
        var config = new FeedbackSasRecConfig
        {
            EmbeddingSize = Size,
            MaxLength = MaxLength,
            NumHeads = 2,
            InitDeviation = 0.5,
            Dropout = 0,
            ItemDropout = itemDropout,
        };
        return new FeedbackSasRec(new WeightPath(new FreshWeights(generator)), config, Words, Properties, trained ?? TrainedItems);
    }

    private static ItemStatistics NoStatistics(Dataset? dataset = null) => ItemStatistics.Fit(Untrained(dataset ?? Rows));

    /// <summary>The same rows, none of which trains.</summary>
    private static Dataset Untrained(Dataset dataset) => TinyData.Of(1, 7, [.. dataset.Interactions.Select(r => r with { Split = Split.Test })]);

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
    }

    private static void AssertFar(float[] one, float[] other) =>
        Assert.True(one.Zip(other).Max(pair => Math.Abs(pair.First - pair.Second)) > 100 * Tolerance, "the vectors are the same");
}

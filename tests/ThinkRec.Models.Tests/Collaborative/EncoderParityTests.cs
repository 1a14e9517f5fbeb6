using System.Security.Cryptography;
using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Collaborative;

/// <summary>Compares with values recorded by tools/parity/record_encoders.py.</summary>
[Collection(LiveTensors.Name)]
public sealed class EncoderParityTests
{
    private const float Tolerance = 2e-5f;

    [Fact]
    public void Matrix_factorisation_equals_PyTorch_in_outputs_and_gradients()
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            JsonElement record = RecordedWeights.Record.GetProperty("mf");
            var weights = new RecordedWeights(record.GetProperty("weights"));
            using var model = new MatrixFactorization(new WeightPath(weights), new() { EmbeddingSize = 5 }, 7, 9);

            Tensor logits = model.Forward(RecordedWeights.Indices(record.GetProperty("users")), RecordedWeights.Indices(record.GetProperty("items")));
            Losses.BinaryCrossEntropyWithLogits(logits, RecordedWeights.Labels(record.GetProperty("labels"))).Backward();

            AssertEqual(record.GetProperty("logits"), logits);
            AssertGradients(record, model, weights);
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Sasrec_equals_PyTorch_in_outputs_and_gradients(int index)
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            JsonElement record = RecordedWeights.Record.GetProperty("sasrec")[index];
            var weights = new RecordedWeights(record.GetProperty("weights"));
            using var model = Build(record, weights);

            Tensor items = Padded(record.GetProperty("items"));
            Tensor logits = model.Score(items, RecordedWeights.Indices(record.GetProperty("targets")));
            Losses.BinaryCrossEntropyWithLogits(logits, RecordedWeights.Labels(record.GetProperty("labels"))).Backward();

            AssertEqual(record.GetProperty("vectors"), model.Forward(items));
            AssertEqual(record.GetProperty("places"), model.Places(items).Select(0, 0));
            AssertEqual(record.GetProperty("logits"), logits);
            AssertGradients(record, model, weights);
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_amount_of_padding_changes_no_vector(int index)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        JsonElement record = RecordedWeights.Record.GetProperty("sasrec")[index];
        using var model = Build(record, new RecordedWeights(record.GetProperty("weights")));
        Tensor items = Padded(record.GetProperty("items")); // rows of 6, 4, 1, 0 and 5 items
        Tensor padded = model.Forward(items);

        Tensor four = model.Forward(items.Narrow(0, 1, 1).Narrow(1, 0, 4));
        Tensor one = model.Forward(items.Narrow(0, 2, 1).Narrow(1, 0, 1));

        AssertClose(padded.Select(0, 1).ToFloats(), four.ToFloats());
        AssertClose(padded.Select(0, 2).ToFloats(), one.ToFloats());
        Assert.All(padded.Select(0, 3).ToFloats(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_place_of_a_window_is_the_vector_of_the_history_that_ends_there(int index)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        JsonElement record = RecordedWeights.Record.GetProperty("sasrec")[index];
        using var model = Build(record, new RecordedWeights(record.GetProperty("weights")));
        Tensor window = Padded(record.GetProperty("items")).Narrow(0, 0, 1); // [1, 6]

        Tensor places = model.Places(window);

        for (int length = 1; length <= 6; length++)
        {
            AssertClose(model.Forward(window.Narrow(1, 0, length)).ToFloats(), places.Select(1, length - 1).ToFloats());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Gsasrec_equals_PyTorch_in_loss_and_gradients_at_every_place(int index)
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            JsonElement record = RecordedWeights.Record.GetProperty("gsasrec")[index];
            var weights = new RecordedWeights(record.GetProperty("weights"));
            using var model = Build(record, weights, numBlocks: 1, hasOutput: true);
            long[][] rows = [.. record.GetProperty("items").EnumerateArray().Select(Numbers)];
            long[][] drawn = [.. record.GetProperty("drawn").EnumerateArray().Select(Numbers)];

            Tensor places = model.Places(Padded(rows.Select(row => row[..^1]))); // [3, 5, d]
            Tensor[] liked = [.. rows.Select((row, i) => (places.Select(0, i).Narrow(0, 0, row.Length - 1) * model.Targets.Forward(Tensor.From(row.AsSpan(1), row.Length - 1))).Sum(-1))];
            Tensor[] sampled = [.. rows.Select((row, i) => places.Select(0, i).Narrow(0, 0, row.Length - 1).MatMul(model.Targets.Forward(Tensor.From(drawn[i], 3)).Transpose(0, 1)))];
            Tensor likes = Tensor.Cat(0, liked), negatives = Tensor.Cat(0, sampled);
            Tensor labels = Tensor.Cat(0, Tensor.Full(likes.Shape.ToArray(), 1), Tensor.Zeros([negatives.NumElements]));
            Tensor loss = Losses.GeneralizedBinaryCrossEntropy(Tensor.Cat(0, likes, negatives.Reshape(-1)), labels, record.GetProperty("beta").GetDouble());
            loss.Backward();

            AssertEqual(record.GetProperty("liked"), likes);
            AssertEqual(record.GetProperty("sampled"), negatives);
            Assert.Equal(record.GetProperty("loss").GetDouble(), loss.ToDouble(), Tolerance);
            AssertGradients(record, model, weights);
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Fact]
    public void The_model_of_likes_dislikes_and_words_equals_PyTorch_in_outputs_and_gradients()
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            JsonElement record = RecordedWeights.Record.GetProperty("feedback");
            var weights = new RecordedWeights(record.GetProperty("weights"));
            using FeedbackSasRec model = BuildFeedback(record, weights);
            (Dataset dataset, int[][] histories) = Histories(record);
            long[][] asked = [.. record.GetProperty("asked").EnumerateArray().Select(a => a.EnumerateArray().Select(v => v.GetInt64()).ToArray())];

            ItemStatistics statistics = StatisticsOf(record, dataset);
            FeedbackEvents events = EventsOf(record, dataset, histories, statistics);
            Tensor users = model.UserVectors(events);
            long[] places = [.. asked.Select(a => (a[0] * events.Length) + a[1])];
            long[] targets = [.. asked.Select(a => a[2])];
            Tensor logits = (users.Reshape(-1, model.VectorSize).IndexSelect(0, Tensor.From(places, places.Length)) * model.ItemVectors(targets, Now(statistics, targets))).Sum(-1);
            float[] labels = [.. asked.Select(a => (float)a[3])];
            Losses.BinaryCrossEntropyWithLogits(logits, Tensor.From(labels, labels.Length)).Backward();

            Assert.All(record.GetProperty("users").EnumerateArray().Select((expected, i) => (expected, i)), user =>
                AssertEqual(user.expected, users.Select(0, user.i).Narrow(0, 0, 1 + histories[user.i].Length)));
            AssertEqual(record.GetProperty("items"), model.ItemVectors([0, 1, 2, 3, 4, 5, 6, 7], Now(statistics, [0, 1, 2, 3, 4, 5, 6, 7])));
            AssertEqual(record.GetProperty("logits"), logits);
            AssertGradients(record, model, weights);
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Light_gcn_equals_PyTorch_in_vectors_and_gradients(int index)
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            JsonElement record = RecordedWeights.Record.GetProperty("lightgcn")[index];
            var weights = new RecordedWeights(record.GetProperty("weights"));
            (int User, int Item)[] Pairs(string key) => [.. record.GetProperty(key).EnumerateArray().Select(p => (p[0].GetInt32(), p[1].GetInt32()))];
            var config = new LightGcnConfig { EmbeddingSize = 4, NumLayers = record.GetProperty("layers").GetInt32() };
            using var model = new LightGcn(new WeightPath(weights), config, 5, 6, Pairs("likes"));

            (Tensor users, Tensor items) = model.Propagate();
            (users.RequiresGrad, items.RequiresGrad) = (true, true);
            long[] asked = [.. Pairs("pairs").Select(p => (long)p.User)], targets = [.. Pairs("pairs").Select(p => (long)p.Item)];
            Tensor logits = (users.IndexSelect(0, Tensor.From(asked, 5)) * items.IndexSelect(0, Tensor.From(targets, 5))).Sum(-1);
            float[] labels = [.. record.GetProperty("labels").EnumerateArray().Select(v => v.GetSingle())];
            Losses.BinaryCrossEntropyWithLogits(logits, Tensor.From(labels, labels.Length)).Backward();
            model.PassBack(users.Grad()!, items.Grad()!);

            AssertEqual(record.GetProperty("users"), users);
            AssertEqual(record.GetProperty("items"), items);
            AssertEqual(record.GetProperty("logits"), logits);
            AssertGradients(record, model, weights);
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Fact]
    public void The_record_was_made_by_the_script_in_the_tree()
    {
        var script = File.ReadAllBytes(Path.Combine(Repository.Root, "tools", "parity", "record_encoders.py"));

        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(script)),
            RecordedWeights.Record.GetProperty("manifest").GetProperty("script_sha256").GetString());
    }

    private static long[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetInt64())];

    private static Tensor Padded(JsonElement rows) => Padded(rows.EnumerateArray().Select(Numbers));

    /// <summary>[B, L], 0 on the right.</summary>
    private static Tensor Padded(IEnumerable<long[]> rows)
    {
        int length = rows.Max(row => row.Length);
        return Tensor.From([.. rows.SelectMany(row => row.Concat(new long[length - row.Length]))], rows.Count(), length);
    }

    private static SasRec Build(JsonElement record, RecordedWeights weights, int numBlocks = 2, bool hasOutput = false) => new(
        new WeightPath(weights),
        new SasRecConfig
        {
            EmbeddingSize = record.GetProperty("size").GetInt32(),
            MaxLength = record.GetProperty("length").GetInt32(),
            NumBlocks = numBlocks,
            NumHeads = record.GetProperty("heads").GetInt32(),
            OutputTable = hasOutput,
        },
        record.GetProperty("count").GetInt32());

    private static FeedbackSasRec BuildFeedback(JsonElement record, RecordedWeights weights)
    {
        (ItemWords words, ItemProperties properties) = WordsOf(record);
        return new FeedbackSasRec(
            new WeightPath(weights),
            new FeedbackSasRecConfig { EmbeddingSize = record.GetProperty("size").GetInt32(), NumHeads = record.GetProperty("heads").GetInt32() },
            words,
            properties,
            [.. record.GetProperty("trained").EnumerateArray().Select(v => v.GetBoolean())]);
    }

    private static (ItemWords Words, ItemProperties Properties) WordsOf(JsonElement record)
    {
        string[][] keywords = [.. record.GetProperty("keywords").EnumerateArray().Select(RecordedWeights.Texts)];
        int?[] years = [.. record.GetProperty("years").EnumerateArray().Select(v => v.Deserialize<int?>())];
        ItemText[] texts = [.. RecordedWeights.Texts(record.GetProperty("titles")).Select((title, item) => new ItemText(title, "", keywords[item], years[item]))];
        var words = new ItemWords(RecordedWeights.Texts(record.GetProperty("vocabulary")), texts);
        return (words, new ItemProperties(words, texts));
    }

    private static ItemStatistics StatisticsOf(JsonElement record, Dataset dataset)
    {
        JsonElement labels = record.GetProperty("labels");
        double Number(string name) => labels.GetProperty(name).GetDouble();
        float[] counts = [.. record.GetProperty("counts").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(v => v.GetSingle())];
        return ItemStatistics.Restore(dataset, counts, new LabelScale(Number("meanLabel"), Number("meanRating"), Number("deviation")));
    }

    /// <summary>The histories, with mood and tastes at the recorded moment of each place.</summary>
    private static FeedbackEvents EventsOf(JsonElement record, Dataset dataset, int[][] histories, ItemStatistics statistics)
    {
        ItemProperties properties = WordsOf(record).Properties;
        var events = FeedbackEvents.From(dataset, histories, statistics, properties.Count);
        for (int i = 0; i < histories.Length; i++)
        {
            var user = new UserStatistics(statistics, properties);
            JsonElement moments = record.GetProperty("moments")[i];
            for (int t = 0; t <= histories[i].Length; t++)
            {
                user.Read(moments[t].Deserialize<long?>(), events.MoodAt(i, t), events.TastesAt(i, t));
                if (t < histories[i].Length)
                {
                    user.Add(histories[i][t], dataset.Interactions[histories[i][t]]);
                }
            }
        }

        return events;
    }

    /// <summary>The recorded events (item, label, second, rating) as rows in the order of time, and the rows of each history.</summary>
    private static (Dataset Dataset, int[][] Histories) Histories(JsonElement record)
    {
        JsonElement[][] histories = [.. record.GetProperty("histories").EnumerateArray().Select(h => h.EnumerateArray().ToArray())];
        Interaction[] rows = [.. histories.SelectMany((history, i) => history.Select(e =>
            new Interaction(i + 1, e[0].GetInt32(), e[3].GetInt32(), e[1].GetInt32() == 1, e[2].GetInt64(), Split.Train))).OrderBy(row => row.Timestamp)];
        int[][] places = [.. histories.Select((_, i) => Enumerable.Range(0, rows.Length).Where(row => rows[row].User == i + 1).ToArray())];
        return (TinyData.Of(histories.Length, 7, rows), places);
    }

    private static float[] Now(ItemStatistics statistics, long[] items)
    {
        var numbers = new float[items.Length * ItemStatistics.Count];
        for (int i = 0; i < items.Length; i++)
        {
            statistics.Now(items[i], numbers.AsSpan(i * ItemStatistics.Count));
        }

        return numbers;
    }

    private static void AssertGradients(JsonElement record, Module model, RecordedWeights weights)
    {
        Assert.Empty(weights.NotAsked);
        foreach (Parameter parameter in model.Parameters())
        {
            AssertEqual(record.GetProperty("gradients").GetProperty(parameter.Key), parameter.Value.Grad()!);
        }
    }

    private static void AssertEqual(JsonElement expected, Tensor actual)
    {
        Assert.Equal(expected.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()), actual.Shape.ToArray());
        AssertClose(RecordedWeights.Values(expected), actual.ToFloats());
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
    }
}

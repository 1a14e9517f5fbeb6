using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Collaborative;

/// <summary>Compares with values recorded by tools/parity/record_encoders.py.</summary>
[Collection(LiveTensors.Name)]
public sealed class DinParityTests
{
    private const float Tolerance = 2e-5f;
    private static readonly JsonElement Record = RecordedWeights.Record.GetProperty("din");

    [Fact]
    public void Din_equals_PyTorch_in_outputs_gradients_and_running_means()
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            var weights = new RecordedWeights(Record.GetProperty("weights"));
            using Din model = Build(weights);
            model.SetTraining(true);

            Tensor logits = Score(model, [0, 1, 2, 3, 4]);
            Losses.BinaryCrossEntropyWithLogits(logits, RecordedWeights.Labels(Record.GetProperty("labels"))).Backward();
            model.SetTraining(false);

            AssertEqual(Record.GetProperty("logits"), logits);
            Assert.Empty(weights.NotAsked);
            Assert.All(model.Parameters().Where(p => p.Trainable), p => AssertEqual(Record.GetProperty("gradients").GetProperty(p.Key), p.Value.Grad()!));
            Parameter[] running = [.. model.Parameters().Where(p => !p.Trainable)];
            Assert.Equal(Record.GetProperty("moved").EnumerateObject().Select(p => p.Name).Order(), running.Select(p => p.Key).Order());
            Assert.All(running, p => AssertEqual(Record.GetProperty("moved").GetProperty(p.Key), p.Value));
            AssertEqual(Record.GetProperty("scores"), Score(model, [0, 1, 2, 3, 4]));
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Fact]
    public void A_row_alone_scores_as_among_others_and_without_history_too()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using Din model = Build(new RecordedWeights(Record.GetProperty("weights")));

        float[] together = Score(model, [0, 1, 2, 3, 4]).ToFloats();

        Assert.All(Enumerable.Range(0, 5), row => Assert.Equal(together[row], Score(model, [row]).ToFloats()[0], Tolerance));
    }

    [Fact]
    public void One_row_alone_can_be_trained_on()
    {
        using var scope = TensorScope.Begin();
        using Din model = Build(new RecordedWeights(Record.GetProperty("weights")));
        model.SetTraining(true);

        Score(model, [1]).Sum().Backward();

        Assert.All(model.Parameters(), p => Assert.All(p.Value.ToFloats(), value => Assert.True(float.IsFinite(value), p.Key)));
        Assert.All(model.Parameters().Where(p => p.Trainable), p => Assert.All(p.Value.Grad()!.ToFloats(), value => Assert.True(float.IsFinite(value), p.Key)));
    }

    private static Din Build(RecordedWeights weights) => new(
        new WeightPath(weights),
        new DinConfig
        {
            EmbeddingSize = Record.GetProperty("size").GetInt32(),
            AttentionSizes = [.. Numbers("attention").Select(v => (int)v)],
            NetworkSizes = [.. Numbers("top").Select(v => (int)v)],
            Dropout = 0,
        },
        numUsers: 5,
        numItems: 9);

    private static Tensor Score(Din model, int[] rows)
    {
        using var scope = TensorScope.Begin();
        long[][] histories = [.. rows.Select(row => Record.GetProperty("histories")[row].EnumerateArray().Select(v => v.GetInt64()).ToArray())];
        Interaction[] interactions = [.. histories.SelectMany((h, i) => h.Select(item => new Interaction(1 + i, (int)item, 5, true, 0, Split.Train)))];
        int[][] places = [.. histories.Select((_, i) => Enumerable.Range(0, interactions.Length).Where(row => interactions[row].User == 1 + i).ToArray())];
        var input = DinInput.From(TinyData.Of(rows.Length, 8, interactions), places, model.Config);
        long[] users = [.. rows.Select(row => Numbers("users")[row])], items = [.. rows.Select(row => Numbers("items")[row])];
        return scope.Return(model.Forward(Tensor.From(users, users.Length), Tensor.From(items, items.Length), input));
    }

    private static long[] Numbers(string key) => [.. Record.GetProperty(key).EnumerateArray().Select(v => v.GetInt64())];

    private static void AssertEqual(JsonElement expected, Tensor actual)
    {
        Assert.Equal(expected.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()), actual.Shape.ToArray());
        Assert.All(RecordedWeights.Values(expected).Zip(actual.ToFloats()), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
    }
}

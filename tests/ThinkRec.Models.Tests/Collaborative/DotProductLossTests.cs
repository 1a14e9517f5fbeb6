using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Collaborative;

[Collection(LiveTensors.Name)]
public sealed class DotProductLossTests
{
    private const int NumUsers = 7;
    private const int NumItems = 9;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 100)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Loss_and_gradients_are_those_of_autograd(int seed)
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            var random = SeededRandom.Stream(seed, "dot products");
            int size = 1 + random.NextInt(40);
            using var generator = new Generator(seed);
            var config = new MatrixFactorizationConfig { EmbeddingSize = size, InitDeviation = 1 };
            using var model = new MatrixFactorization(new WeightPath(new FreshWeights(generator)), config, NumUsers, NumItems);
            var loss = new DotProductLoss(NumUsers, NumItems, size);

            // The second batch, longer or shorter, meets what the first has left.
            foreach (int count in (int[])[1 + random.NextInt(30), 1 + random.NextInt(30)])
            {
                int[] users = [.. Enumerable.Range(0, count).Select(_ => 1 + random.NextInt(NumUsers - 1))];
                int[] items = [.. Enumerable.Range(0, count).Select(_ => 1 + random.NextInt(NumItems - 1))];
                bool[] labels = [.. Enumerable.Range(0, count).Select(_ => random.NextInt(2) == 1)];

                Interaction[] rows = [.. users.Select((user, i) => new Interaction(user, items[i], 0, labels[i], i, Split.Train))];
                (double value, RowGradient ofUsers, RowGradient ofItems) = loss.Compute((model.Users.Weight.Value, model.Items.Weight.Value), rows);

                Tensor expected = Losses.BinaryCrossEntropyWithLogits(
                    model.Forward(Indices(users), Indices(items)), Tensor.From([.. labels.Select(l => l ? 1f : 0)], count));
                expected.Backward();
                Assert.Equal(expected.ToDouble(), value, 1e-5);
                AssertSame(ofUsers, model.Users.Weight, size, seed);
                AssertSame(ofItems, model.Items.Weight, size, seed);
            }
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    private static Tensor Indices(int[] rows) => Tensor.From([.. rows.Select(r => (long)r)], rows.Length);

    private static void AssertSame(RowGradient rows, Parameter table, int size, int seed)
    {
        Assert.Equal(rows.Rows.Length, rows.Rows.Distinct().Count());
        Assert.All(table.Value.Grad()!.ToFloats().Zip(rows.ToTable(table.Value.Size(0), size).ToFloats()), pair =>
            Assert.True(Math.Abs(pair.First - pair.Second) < 2e-5, $"seed {seed}: {pair}"));
        table.Value.SetGrad(null);
    }
}

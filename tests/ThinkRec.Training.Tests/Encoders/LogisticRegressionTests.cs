using ThinkRec.Data;
using ThinkRec.TestKit;
using ThinkRec.Training.Encoders;

namespace ThinkRec.Training.Tests.Encoders;

[Collection(SeededEngine.Name)]
public sealed class LogisticRegressionTests : TensorTest
{
    [Fact]
    public void At_the_answer_the_gradient_is_zero()
    {
        for (int seed = 1; seed <= 100; seed++)
        {
            var random = SeededRandom.Stream(seed, "regression");
            int rows = 1 + random.NextInt(200), width = 1 + random.NextInt(8);
            double ridge = new[] { 0.5, 1, 30 }[random.NextInt(3)], scale = new[] { 0.1, 1, 4, 300 }[random.NextInt(4)];
            int power = scale > 100 ? 9 : 1; // the widest have few rows far from all others, where undamped steps jump to and fro
            double[] x = [.. Enumerable.Range(0, rows * width).Select(i => i % width == 0 ? 1 : Math.Pow((2 * random.NextDouble()) - 1, power) * scale)];
            bool[] labels = [.. Enumerable.Range(0, rows).Select(row => (seed % 4) switch
            {
                0 => true,
                1 => random.NextInt(2) == 1,
                2 => x[(row * width) + width - 1] > 0.3, // the last column tells them apart without a fault
                _ => random.NextDouble() < 0.05,
            })];

            double[] weights = LogisticRegression.Fit(x, labels, ridge);

            Assert.Equal(width, weights.Length);
            Assert.All(Gradient(x, labels, ridge, weights).Select((slope, i) => (slope, i)), g =>
                Assert.True(Math.Abs(g.slope) < 1e-7 * Math.Max(1, scale), $"seed {seed} ({rows} rows, ridge {ridge}, scale {scale}): slope {g.slope} along {g.i}"));
        }
    }

    [Fact]
    public void A_column_that_is_always_zero_gets_no_weight()
    {
        double[] weights = LogisticRegression.Fit([1, 0, 1, 0, 1, 0], [true, true, false], ridge: 1e-9);

        Assert.Equal(Math.Log(2), weights[0], 1e-6);
        Assert.Equal(0, weights[1]);
    }

    private static double[] Gradient(double[] x, bool[] labels, double ridge, double[] weights)
    {
        double[] gradient = [.. weights.Select(w => ridge * w)];
        for (int row = 0; row < labels.Length; row++)
        {
            double[] cells = x[(row * weights.Length)..((row + 1) * weights.Length)];
            double chance = 1 / (1 + Math.Exp(-cells.Zip(weights, (c, w) => c * w).Sum()));
            for (int i = 0; i < cells.Length; i++)
            {
                gradient[i] += cells[i] * (chance - (labels[row] ? 1 : 0));
            }
        }

        return gradient;
    }
}

using System.Globalization;
using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class StressTests : TensorTest
{
    private const int Threads = 8;
    private const int Turns = 50;

    [Fact]
    public void Many_threads_with_shared_weights_get_the_right_numbers()
    {
        using var scope = TensorScope.Begin();
        Tensor weight = Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);
        var errors = new Exception?[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(t => new Thread(() => errors[t] = Record.Exception(() => Work(t, weight))))];

        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        Assert.All(errors, Assert.Null);
    }

    [Fact]
    public void Ten_thousand_training_steps_keep_memory_flat()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        Tensor input = Tensor.Zeros([16, 4]), first = Weight(generator, 8, 4), second = Weight(generator, 1, 8);
        input.NormalInPlace(0, 1, generator);
        Tensor target = input.Sum(1, keep: true).Tanh();
        double start = Train(2000, input, target, first, second);
        (long live, long kilobytes) = (TensorCensus.Live, ResidentKilobytes());

        double end = Train(8000, input, target, first, second);

        Assert.Equal(live, TensorCensus.Live);
        Assert.True(end < start, $"The loss went from {start} to {end}.");
        Assert.InRange(ResidentKilobytes() - kilobytes, long.MinValue, 16 << 10);
    }

    /// <summary>Ten operators a turn, each with a result that is known without libtorch.</summary>
    private static void Work(int thread, Tensor weight)
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([thread, thread + 1f, 1], 1, 3);
        x.RequiresGrad = true;
        for (int turn = 1; turn <= Turns; turn++)
        {
            using var step = TensorScope.Begin();
            Tensor y = x.Linear(weight);                                            // [1, 2]: 3t + 5 and 9t + 11
            Tensor joined = Tensor.Cat(1, y, y.Mul(2.0)).Reshape(4);
            Assert.Equal([(3f * thread) + 5, (9f * thread) + 11, (6f * thread) + 10, (18f * thread) + 22], joined.Detach().ToArray<float>());
            joined.TopK(1).Values.Sum().Backward();                                 // 2 · the second row of the weight
            Assert.Equal([8f * turn, 10f * turn, 12f * turn], x.Grad()!.ToArray<float>());
            using var noGrad = NoGrad.Begin();
            Assert.False(x.Add(turn).RequiresGrad);
            Assert.Throws<TorchException>(() => x.MatMul(weight));
        }
    }

    private static Tensor Weight(Generator generator, long rows, long columns)
    {
        Tensor weight = Tensor.Zeros([rows, columns]);
        weight.NormalInPlace(0, 0.5, generator);
        weight.RequiresGrad = true;
        return weight;
    }

    private static double Train(int steps, Tensor input, Tensor target, params Tensor[] weights)
    {
        double last = 0;
        for (int step = 0; step < steps; step++)
        {
            using var scope = TensorScope.Begin();
            Tensor error = input.Linear(weights[0]).Tanh().Linear(weights[1]) - target;
            Tensor loss = (error * error).Mean();
            loss.Backward();
            last = step % 500 == 499 ? loss.ToDouble() : last;
            using var noGrad = NoGrad.Begin();
            foreach (Tensor weight in weights)
            {
                weight.AddInPlace(weight.Grad()!, -0.01);
                weight.SetGrad(null);
            }
        }

        return last;
    }

    private static long ResidentKilobytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line[6..^2], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }
}

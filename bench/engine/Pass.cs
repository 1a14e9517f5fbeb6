using System.Diagnostics;
using System.Text.Json;
using ThinkRec.Torch;

namespace ThinkRec.Bench.Engine;

/// <summary>One measurement of every case in this process. theirs.py has the same cases under the same names.</summary>
internal static class Pass
{
    private const int Batches = 25;
    private const int CallsPerBatch = 2000;
    private const int CallsPerScope = 10;

    /// <summary>Long enough for the just-in-time compiler to have optimised the whole path.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(400);

    /// <summary>Measures and prints one JSON line.</summary>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit status.</returns>
    internal static int Print(TextWriter output)
    {
        var numbers = new SortedDictionary<string, double>(StringComparer.Ordinal);
        using var scope = TensorScope.Begin();
        Calls(numbers);
        foreach ((string name, long m, long n, long k) in Shapes.All)
        {
            numbers[name] = GigaFlops(m, n, k);
        }

        output.WriteLine(JsonSerializer.Serialize(new PassLine(ThinkRec.Torch.Engine.BlasCore, ThinkRec.Torch.Engine.Threads, numbers)));
        return 0;
    }

    private static void Calls(SortedDictionary<string, double> numbers)
    {
        Tensor a = Tensor.Full([4], 1), b = Tensor.Full([4], 2);
        Tensor leaf = Tensor.Full([4], 1);
        leaf.RequiresGrad = true;
        Tensor square = Tensor.Full([8, 8], 0.5), input = Tensor.Full([4, 16], 0.5);
        Tensor weight = Tensor.Full([32, 16], 0.5), bias = Tensor.Full([32], 0.5);
        numbers["call/add, recorded for backward"] = Microseconds(() => leaf.Add(b));
        using var noGrad = NoGrad.Begin();
        numbers["call/add"] = Microseconds(() => a.Add(b));
        numbers["call/add_ in place"] = Microseconds(() => a.AddInPlace(b));
        numbers["call/matmul 8x8"] = Microseconds(() => square.MatMul(square));
        numbers["call/linear 4x16 to 32"] = Microseconds(() => input.Linear(weight, bias));
    }

    private static double Microseconds(Action call)
    {
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < WarmUp)
        {
            Batch(call);
        }

        var times = new double[Batches];
        for (int i = 0; i < Batches; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Batch(call);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / CallsPerBatch;
        }

        return Report.Median(times);
    }

    private static void Batch(Action call)
    {
        for (int i = 0; i < CallsPerBatch / CallsPerScope; i++)
        {
            using var scope = TensorScope.Begin();
            for (int j = 0; j < CallsPerScope; j++)
            {
                call();
            }
        }
    }

    private static double GigaFlops(long m, long n, long k)
    {
        using var scope = TensorScope.Begin();
        Tensor left = Tensor.Full([m, k], 0.5), right = Tensor.Full([k, n], 0.5);
        double operations = 2.0 * m * n * k;
        int repeats = Math.Max(3, (int)(4e10 / operations));
        Multiply(left, right);
        var rates = new double[repeats];
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Multiply(left, right);
            rates[i] = operations / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
        }

        return Report.Median(rates);
    }

    private static void Multiply(Tensor left, Tensor right)
    {
        using var scope = TensorScope.Begin();
        left.MatMul(right);
    }
}

/// <summary>What one process measured.</summary>
/// <param name="Core">The BLAS kernels in use.</param>
/// <param name="Threads">Threads of one operator.</param>
/// <param name="Numbers">Microseconds per call (call/…) or GFLOP/s (gemm/…).</param>
internal sealed record PassLine(string Core, int Threads, SortedDictionary<string, double> Numbers);

/// <summary>The matrix products measured, [m, k] by [k, n], single precision.</summary>
internal static class Shapes
{
    /// <summary>Name, m, n and k.</summary>
    internal static readonly (string Name, long M, long N, long K)[] All =
    [
        ("gemm/512", 512, 512, 512),
        ("gemm/1024", 1024, 1024, 1024),
        ("gemm/2048", 2048, 2048, 2048),
        ("gemm/350x256x1024", 350, 256, 1024),
    ];
}

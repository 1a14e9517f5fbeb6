using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ThinkRec.Torch;

namespace ThinkRec.Bench.Training;

/// <summary>One measurement of a case in this process. theirs.py has lora and experts under the same names.</summary>
internal static class Pass
{
    private const double Dropout = 0.05;
    private const int LaterEpochs = 2;

    /// <summary>All cases: the step of stage 1, in four parts, with layers computed again; and stage 3.</summary>
    internal static readonly string[] Cases = ["lora", "lora-parts", "lora-recompute", "experts"];

    /// <summary>Measures and prints one JSON line.</summary>
    /// <param name="name">Name of a shape.</param>
    /// <param name="case">Name of a case.</param>
    /// <param name="folder">Holds model and rows.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit status.</returns>
    internal static int Print(string name, string @case, string folder, TextWriter output)
    {
        var shape = Shape.Of(name);
        Row[][] batches = Rows.Read(shape, folder);
        int lowest = @case == "experts" ? shape.Model.NumHiddenLayers - shape.LastLayers : 0;
        (int parts, bool recompute) = (@case == "lora-parts" ? 4 : 1, @case == "lora-recompute");
        double[] losses;
        using (var quiet = new Trained(shape, folder, lowest, dropout: 0, parts, recompute))
        {
            losses = [.. batches.Select(rows => quiet.Step(rows, tellLoss: true)!.Value)];
        }

        using var trained = new Trained(shape, folder, lowest, Dropout, parts, recompute);
        (double first, _) = Epoch(trained, batches);
        (double Wall, double Processor)[] later = [.. Enumerable.Range(0, LaterEpochs).Select(_ => Epoch(trained, batches))];
        double flops = batches.Sum(rows => Flops.Step(shape.Model, rows, lowest));
        output.WriteLine(JsonSerializer.Serialize(new PassLine(
            ThinkRec.Torch.Engine.BlasCore, ThinkRec.Torch.Engine.Threads, losses, first, later.Min(e => e.Wall), later.Min(e => e.Processor), flops / 1e9, Roof(), Peak())));
        return 0;
    }

    private static (double Wall, double Processor) Epoch(Trained trained, Row[][] batches)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        foreach (Row[] rows in batches)
        {
            trained.Step(rows, tellLoss: false);
        }

        return (Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    /// <summary>GFLOP/s of a large product: the best of a few.</summary>
    private static double Roof()
    {
        using var noGrad = NoGrad.Begin();
        return Enumerable.Range(0, 4).Max(_ =>
        {
            using var scope = TensorScope.Begin();
            Tensor x = Tensor.Full([2048, 2048], 0.5);
            long start = Stopwatch.GetTimestamp();
            x.MatMul(x);
            return 2 * 2048.0 * 2048 * 2048 / 1e9 / Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
    }

    private static double Peak() => double.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}

/// <summary>What one process measured.</summary>
/// <param name="Core">The BLAS kernels in use.</param>
/// <param name="Threads">Threads of one operator.</param>
/// <param name="Losses">Of the first steps, without dropout.</param>
/// <param name="First">Seconds of the first epoch.</param>
/// <param name="Later">Seconds of a later one, the better of two.</param>
/// <param name="Processor">Processor seconds of a later one, of all threads together.</param>
/// <param name="Gflop">Operations that a later epoch cannot do without.</param>
/// <param name="Roof">GFLOP/s of a large product.</param>
/// <param name="Peak">The process' largest memory in MiB.</param>
internal sealed record PassLine(string Core, int Threads, double[] Losses, double First, double Later, double Processor, double Gflop, double Roof, double Peak);

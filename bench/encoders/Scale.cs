using System.Diagnostics;
using System.Globalization;
using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Runs;

namespace ThinkRec.Bench.Encoders;

/// <summary>One epoch of an encoder as it is shipped, with its validation, on a dataset of any size.</summary>
internal static class Scale
{
    /// <summary>Trains and prints one row of a Markdown table.</summary>
    /// <param name="method">Name of the method.</param>
    /// <param name="folder">A prepared dataset.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit status.</returns>
    internal static int Print(string method, string folder, TextWriter output)
    {
        long start = Stopwatch.GetTimestamp();
        var dataset = Dataset.Load(folder);
        double loading = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var options = new EncoderOptions { Method = Enum.GetValues<EncoderMethod>().Single(m => Methods.Of(m) == method) };
        var clock = new EpochClock();
        start = Stopwatch.GetTimestamp();
        Pass.Train(dataset, options with { Optimization = options.ResolvedOptimization(dataset.RowsOf(Split.Train).Length) with { MaxEpochs = 1 } }, clock).Dispose();
        double training = Stopwatch.GetElapsedTime(start).TotalSeconds;
        (double epoch, double worked, _) = clock.Epochs.Single();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {method} | {dataset.RowsOf(Split.Train).Length:N0} | {loading:F1} | {training:F1} | {epoch:F1} | {worked:F1} | {Pass.PeakMiB():N0} |"));
        return 0;
    }
}

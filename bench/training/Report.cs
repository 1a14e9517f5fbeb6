using System.Globalization;
using System.Text.Json;

namespace ThinkRec.Bench.Training;

/// <summary>Compares the passes of both sides: medians, ratios, and whether both computed the same losses.</summary>
internal static class Report
{
    private const int StageEpochs = 10;
    private const double LossTolerance = 1e-3;
    private static readonly JsonSerializerOptions Reading = new(JsonSerializerDefaults.Web);

    /// <summary>Prints a table.</summary>
    /// <param name="folder">Holds SHAPE.CASE.ours.jsonl and SHAPE.CASE.theirs.jsonl.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit status: 1 when the two sides did not compute the same.</returns>
    internal static int Print(string folder, TextWriter output)
    {
        bool same = true;
        output.WriteLine($"| shape, case | rows/s ours | theirs | ratio | ratio of processor time | GFLOP/s ours | of GEMM | peak MiB ours | theirs | losses differ by |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (string name in Shape.All.Keys)
        {
            int rows = Shape.Of(name).Batch * Shape.Of(name).Batches;
            foreach (string @case in Pass.Cases.Where(c => File.Exists(PathOf(folder, name, c, "ours"))))
            {
                PassLine[] ours = Read(folder, name, @case, "ours");
                PassLine[] theirs = Read(folder, name, @case == "experts" ? @case : "lora", "theirs");
                double rate = Median(ours, p => p.Gflop / p.Later), other = Median(theirs, p => p.Later);
                double apart = ours[0].Losses.Zip(theirs[0].Losses, (a, b) => Math.Abs(a - b)).Max();
                same &= apart < LossTolerance;
                string tail = string.Create(CultureInfo.InvariantCulture,
                    $"{Median(theirs, p => p.Processor) / Median(ours, p => p.Processor):F2} | {rate:F0} | {rate / Median(ours, p => p.Roof):P0} | {Median(ours, p => p.Peak):F0} | {Median(theirs, p => p.Peak):F0} | {apart:E1} |");
                if (@case != "experts")
                {
                    Line($"{name}, {@case}", Median(ours, p => p.Later), tail);
                    continue;
                }

                Line($"{name}, {@case}, first epoch", Median(ours, p => p.First), " | | | | | |");
                Line($"{name}, {@case}, later epoch", Median(ours, p => p.Later), tail);
                Line($"{name}, {@case}, {StageEpochs} epochs", Median(ours, p => (p.First + ((StageEpochs - 1) * p.Later)) / StageEpochs), " | | | | | |");

                void Line(string what, double seconds, string rest) => output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"| {what} | {rows / seconds:F2} | {rows / other:F2} | {other / seconds:F2} | {rest}"));
            }
        }

        return same ? 0 : 1;
    }

    private static string PathOf(string folder, string name, string @case, string side) => Path.Combine(folder, $"{name}.{@case}.{side}.jsonl");

    private static double Median(PassLine[] passes, Func<PassLine, double> of)
    {
        double[] sorted = [.. passes.Select(of).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static PassLine[] Read(string folder, string name, string @case, string side) =>
        [.. File.ReadLines(PathOf(folder, name, @case, side)).Select(line => JsonSerializer.Deserialize<PassLine>(line, Reading)!)];
}

using System.Globalization;
using System.Text.Json;

namespace ThinkRec.Bench.Encoders;

/// <summary>Compares the passes of both sides: medians, and the ratio ours to theirs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Reading = new(JsonSerializerDefaults.Web);

    /// <summary>Prints a Markdown table.</summary>
    /// <param name="folder">Holds METHOD.ours.jsonl and METHOD.theirs.jsonl, and METHOD.quality.SIDE.jsonl.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit status.</returns>
    internal static int Print(string folder, TextWriter output)
    {
        output.WriteLine("| encoder | side | batch | training rows/s | ratio | peak MiB | validation rows, s | best validation AUC | at epoch | after s |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach ((string method, Case settings) in Case.All())
        {
            if (!File.Exists(Path.Combine(folder, $"{method}.ours.jsonl")))
            {
                continue;
            }

            double ours = Row(folder, method, "ours", $"{settings.OurBatch} {settings.OurBatchOf}", output, 0);
            Row(folder, method, "theirs", $"{settings.TheirBatch} rows", output, ours);
        }

        return 0;
    }

    /// <summary>The middle value.</summary>
    /// <param name="values">At least one, in any order.</param>
    /// <returns>The mean of the two middle ones when their number is even.</returns>
    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Row(string folder, string method, string side, string batch, TextWriter output, double ours)
    {
        SpeedLine[] lines = Read<SpeedLine>(folder, $"{method}.{side}");
        QualityLine quality = Read<QualityLine>(folder, $"{method}.quality.{side}").Single();
        double rate = Median(lines.Select(l => l.RowsPerSecond));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {method} | {side} | {batch} | {rate:N0} | {(ours > 0 ? $"1/{ours / rate:F1}" : "1")} | {Median(lines.Select(l => l.PeakMiB)):F0} ")
            + string.Create(CultureInfo.InvariantCulture,
            $"| {Median(lines.Select(l => l.Evaluation)):F3} | {quality.Auc:F4} | {quality.Epoch} | {quality.Seconds:F1} |"));
        return rate;
    }

    private static T[] Read<T>(string folder, string name) =>
        [.. File.ReadLines(Path.Combine(folder, $"{name}.jsonl")).Select(line => JsonSerializer.Deserialize<T>(line, Reading)!)];
}

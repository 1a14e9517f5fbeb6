using System.Globalization;
using System.Text.Json;

namespace ThinkRec.Bench.Data;

/// <summary>Compares the passes of both sides.</summary>
internal static class Report
{
    /// <summary>Prints a Markdown table of NAME.ours.jsonl and, where it is there, NAME.theirs.jsonl.</summary>
    /// <returns>1 when both sides do not come to the same counts.</returns>
    internal static int Print(string folder, TextWriter output)
    {
        output.WriteLine("| files | side | MB | MB/s | ratio | s | processor s | peak MiB | counts |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|");
        bool isSame = true;
        foreach (string path in Directory.EnumerateFiles(folder, "*.ours.jsonl").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(path)[..^".ours.jsonl".Length];
            PassLine[] ours = Read(path);
            string other = Path.Combine(folder, $"{name}.theirs.jsonl");
            PassLine[] theirs = File.Exists(other) ? Read(other) : [];
            double rate = Row(name, "ours", ours, output, 0);
            if (theirs.Length > 0)
            {
                Row(name, "theirs", theirs, output, rate);
            }

            string[] counts = [.. ours.Concat(theirs).Select(line => line.Counts).Distinct()];
            isSame &= counts.Length == 1;
            if (counts.Length > 1)
            {
                output.WriteLine($"{name}: the counts differ: {string.Join(" | ", counts)}");
            }
        }

        return isSame ? 0 : 1;
    }

    private static double Row(string name, string side, PassLine[] lines, TextWriter output, double ours)
    {
        double megabytes = lines[0].Bytes / 1e6, seconds = Median(lines.Select(line => line.Seconds)), rate = megabytes / seconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {side} | {megabytes:N0} | {rate:N0} | {(ours > 0 ? $"1/{ours / rate:F1}" : "1")} | {seconds:F1} | {Median(lines.Select(line => line.ProcessorSeconds)):F1} | {Median(lines.Select(line => line.PeakMiB)):F0} | {lines[0].Counts} |"));
        return rate;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static PassLine[] Read(string path) => [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<PassLine>(line, Pass.Json)!)];
}

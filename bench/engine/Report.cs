using System.Globalization;
using System.Text.Json;

namespace ThinkRec.Bench.Engine;

/// <summary>Compares the passes of both sides: medians, and the ratio ours to theirs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Reading = new() { PropertyNameCaseInsensitive = true };
    private static readonly JsonSerializerOptions Writing = new() { WriteIndented = true };

    /// <summary>Prints a table per setting and writes results.json.</summary>
    /// <param name="folder">Holds SETTING.ours.jsonl and SETTING.theirs.jsonl.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit status.</returns>
    internal static int Print(string folder, TextWriter output)
    {
        var all = new SortedDictionary<string, List<Row>>(StringComparer.Ordinal);
        foreach (string setting in (string[])["same-settings", "as-shipped"])
        {
            PassLine[] ours = Read(folder, setting, "ours"), theirs = Read(folder, setting, "theirs");
            output.WriteLine();
            output.WriteLine($"{setting}: {ours.Length} pairs, {ours[0].Threads} and {theirs[0].Threads} threads, "
                + $"BLAS kernels {ours[0].Core} and {theirs[0].Core}");
            output.WriteLine($"{"",-34}{"ours",10}{"theirs",10}{"ratio",8}");
            all[setting] = [.. ours[0].Numbers.Keys.Select(name => Compare(name, ours, theirs))];
            foreach (Row row in all[setting])
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{row.Name,-34}{row.Ours,10:F2}{row.Theirs,10:F2}{row.Ratio,8:F2}  {row.Unit}"));
            }
        }

        File.WriteAllText(Path.Combine(folder, "results.json"), JsonSerializer.Serialize(all, Writing));
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

    private static PassLine[] Read(string folder, string setting, string side) =>
        [.. File.ReadLines(Path.Combine(folder, $"{setting}.{side}.jsonl")).Select(line => JsonSerializer.Deserialize<PassLine>(line, Reading)!)];

    private static Row Compare(string name, PassLine[] ours, PassLine[] theirs)
    {
        double mine = Median(ours.Select(p => p.Numbers[name])), other = Median(theirs.Select(p => p.Numbers[name]));
        bool isTime = name.StartsWith("call/", StringComparison.Ordinal);
        return new Row(name, isTime ? "µs, less is better" : "GFLOP/s, more is better", mine, other, mine / other);
    }

    private sealed record Row(string Name, string Unit, double Ours, double Theirs, double Ratio);
}

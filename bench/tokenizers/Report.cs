using System.Globalization;
using System.Text.Json;

namespace ThinkRec.Bench.Tokenizers;

/// <summary>Compares the ids of both sides text by text, and the medians of their times.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Reading = new() { PropertyNameCaseInsensitive = true };

    /// <summary>Prints a table as Markdown.</summary>
    /// <param name="folder">Holds NAME.ours.jsonl, NAME.ours.ids and the same of theirs.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>0 when all ids are equal, else 1.</returns>
    internal static int Print(string folder, TextWriter output)
    {
        bool areEqual = true;
        output.WriteLine("| tokenizer | texts | of equal ids | MB per processor second | theirs | ratio | MB/s by the clock | theirs | seconds to load | theirs |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (string file in Directory.GetFiles(folder, "*.ours.jsonl").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file)[..^".ours.jsonl".Length];
            Measured[] ours = Read(file), theirs = Read(Path.Combine(folder, $"{name}.theirs.jsonl"));
            string[] mine = File.ReadAllLines(Path.Combine(folder, $"{name}.ours.ids"));
            string[] other = File.ReadAllLines(Path.Combine(folder, $"{name}.theirs.ids"));
            int equal = mine.Zip(other).Count(pair => pair.First == pair.Second);
            areEqual &= equal == mine.Length && mine.Length == other.Length;
            double speed = Speed(ours, pass => pass.Processor), theirSpeed = Speed(theirs, pass => pass.Processor);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {mine.Length} | {equal} | {speed:F1} | {theirSpeed:F2} | {speed / theirSpeed:F1} "
                + $"| {Speed(ours, pass => pass.Seconds):F1} | {Speed(theirs, pass => pass.Seconds):F2} | {Median(ours.Select(m => m.Loading)):F2} | {Median(theirs.Select(m => m.Loading)):F2} |"));
        }

        return areEqual ? 0 : 1;
    }

    private static Measured[] Read(string path) => [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<Measured>(line, Reading)!)];

    private static double Speed(Measured[] passes, Func<Measured, double> time) => Median(passes.Select(pass => pass.Bytes / 1e6 / time(pass)));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private sealed record Measured(int Texts, long Bytes, double Seconds, double Processor, double Loading);
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.Data.Preparation;

namespace ThinkRec.Bench.Data;

/// <summary>One preparation in this process; theirs.py does the same.</summary>
internal static class Pass
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Reads raw files, writes the prepared dataset, and prints one JSON line.</summary>
    internal static int Run(string kind, string raw, string prepared, TextWriter output)
    {
        var options = new RawDatasetOptions { Raw = raw, Preset = kind switch { "amazon" => "books", "yelp" => "paper", _ => null } };
        if (kind == "ml-1m")
        {
            options = options with { Split = new TemporalSplit(SplitShares.Default), DropRepeats = false };
        }

        long start = Stopwatch.GetTimestamp();
        Dataset dataset = RawDatasets.Prepare(kind, options);
        double read = Stopwatch.GetElapsedTime(start).TotalSeconds;
        dataset.Save(prepared);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        int[] rows = [.. new[] { Split.Train, Split.Valid, Split.Test }.Select(split => dataset.RowsOf(split).Length)];
        long bytes = Directory.EnumerateFiles(raw).Sum(path => new FileInfo(path).Length);
        var line = new PassLine(kind, bytes, seconds, read, Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds, PeakMiB(), dataset.Users.Count - 1, dataset.Items.Count - 1, rows,
            dataset.Interactions.Count(row => row.Label));
        output.WriteLine(JsonSerializer.Serialize(line, Json));
        return 0;
    }

    private static double PeakMiB()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}

/// <summary>What one pass printed.</summary>
/// <param name="Kind">amazon, yelp or ml-1m.</param>
/// <param name="Bytes">Of the raw files as they lie on disk.</param>
/// <param name="Seconds">From the first byte read to the last byte written.</param>
/// <param name="ReadSeconds">Without the writing.</param>
/// <param name="ProcessorSeconds">Of all threads, the start of the runtime included.</param>
/// <param name="PeakMiB">The resident set's high-water mark.</param>
/// <param name="Users">Users left.</param>
/// <param name="Items">Items left.</param>
/// <param name="Rows">Rows of training, validation and test.</param>
/// <param name="Likes">Rows that are likes.</param>
internal sealed record PassLine(
    string Kind, long Bytes, double Seconds, double ReadSeconds, double ProcessorSeconds, double PeakMiB, int Users, int Items, int[] Rows, int Likes)
{
    /// <summary>What both sides must agree on.</summary>
    public string Counts => $"{Users} users, {Items} items, {string.Join('/', Rows)} rows, {Likes} likes";
}

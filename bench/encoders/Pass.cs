using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.Metrics;
using ThinkRec.Models.Reasoning;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Loop;

namespace ThinkRec.Bench.Encoders;

/// <summary>One measurement in this process; theirs.py measures the same.</summary>
internal static class Pass
{
    private const long Seed = 1;
    private static readonly JsonSerializerOptions Writing = new(JsonSerializerDefaults.Web);

    /// <summary>Times epochs without validation, then the scoring of all validation rows with their AUC; prints one JSON line.</summary>
    /// <param name="method">Name of the method.</param>
    /// <param name="folder">A prepared dataset.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit status.</returns>
    internal static int Speed(string method, string folder, TextWriter output)
    {
        Case settings = Case.All()[method];
        var dataset = Dataset.Load(folder);
        var clock = new EpochClock();
        Train(WithoutValidation(dataset), settings.Options(method, settings.OurEpochs, settings.OurEpochs), clock).Dispose();
        double[] epochs = [.. clock.Epochs.Select(e => e.Seconds)];
        double rate = dataset.RowsOf(Split.Train).Length / Report.Median(epochs[(epochs.Length / 2)..]);

        using ICollaborativeEncoder encoder = Train(dataset, settings.Options(method, 1, 1), new EpochClock());
        Evaluate(encoder, dataset); // theirs is warm from training; ours has yet to be compiled
        long start = Stopwatch.GetTimestamp();
        Evaluate(encoder, dataset);
        double evaluation = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return Print(output, new SpeedLine(ThinkRec.Torch.Engine.Threads, rate, evaluation, PeakMiB()));
    }

    /// <summary>Trains with validation until it gets no better; prints one JSON line.</summary>
    /// <param name="method">Name of the method.</param>
    /// <param name="folder">A prepared dataset.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit status.</returns>
    internal static int Quality(string method, string folder, TextWriter output)
    {
        Case settings = Case.All()[method];
        var clock = new EpochClock();
        Train(Dataset.Load(folder), settings.Options(method, settings.QualityEpochs, settings.Patience), clock).Dispose();
        var best = clock.Epochs.MaxBy(e => e.Auc);
        int epoch = clock.Epochs.IndexOf(best) + 1;
        return Print(output, new QualityLine(best.Auc, epoch, clock.Epochs.Take(epoch).Sum(e => e.Seconds)));
    }

    /// <summary>The most memory that this process has had, in MiB.</summary>
    /// <returns>The resident set's high-water mark.</returns>
    internal static double PeakMiB()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>Trains one encoder.</summary>
    internal static ICollaborativeEncoder Train(Dataset dataset, EncoderOptions options, ITrainingWatcher watcher) =>
        EncoderTraining.Train(dataset, options, new FitOptions(Seed, null, "bench", TimeSpan.FromHours(1), watcher), TimeProvider.System, CancellationToken.None);

    private static double Evaluate(ICollaborativeEncoder encoder, Dataset dataset)
    {
        int[] rows = dataset.RowsOf(Split.Valid);
        double[] scores = EncoderScorer.Score(encoder, dataset, rows);
        return RankingMetrics.Auc([.. rows.Select((row, i) =>
            new ScoredRow(dataset.Users[dataset.Interactions[row].User], "", dataset.Interactions[row].Label, scores[i]))]);
    }

    /// <summary>Validation rows come after all training rows, so no history changes.</summary>
    private static Dataset WithoutValidation(Dataset dataset) => new()
    {
        Card = dataset.Card,
        Users = dataset.Users,
        Items = dataset.Items,
        ItemTexts = dataset.ItemTexts,
        Interactions = [.. dataset.Interactions.Where(row => row.Split == Split.Train)],
    };

    private static int Print<T>(TextWriter output, T line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, Writing));
        return 0;
    }
}

/// <summary>What one process measured of speed.</summary>
/// <param name="Threads">Threads of one operator.</param>
/// <param name="RowsPerSecond">Training rows; of the median epoch of the second half.</param>
/// <param name="Evaluation">Seconds for all validation rows.</param>
/// <param name="PeakMiB">Most memory, MiB.</param>
internal sealed record SpeedLine(int Threads, double RowsPerSecond, double Evaluation, double PeakMiB);

/// <summary>What a whole training reached.</summary>
/// <param name="Auc">Best AUC of the validation rows.</param>
/// <param name="Epoch">Its epoch, from 1.</param>
/// <param name="Seconds">Time of training until then.</param>
internal sealed record QualityLine(double Auc, int Epoch, double Seconds);

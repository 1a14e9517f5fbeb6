using System.Globalization;

namespace ThinkRec.Metrics;

/// <summary>How intervals are made: percentile bootstrap that draws whole users with replacement.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Number of resampled data sets, at least 1. Default 1000.</summary>
    public int Replicates { get; init; } = 1000;

    /// <summary>Seed of the resampling; replicate r depends on the seed and r only. Default 2025.</summary>
    public int Seed { get; init; } = 2025;

    /// <summary>Share of replicates inside the interval, between 0 and 1. Default 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Threads that work on replicates, at least 1; the result does not depend on it. Default 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">Lists every value that is out of range.</exception>
    internal void ThrowIfOutOfRange()
    {
        List<string> problems = [];
        if (Replicates < 1)
        {
            problems.Add($"{nameof(Replicates)} must be at least 1 but is {Text(Replicates)}");
        }

        if (!(Confidence > 0 && Confidence < 1))
        {
            problems.Add($"{nameof(Confidence)} must lie between 0 and 1 but is {Text(Confidence)}");
        }

        if (Threads < 1)
        {
            problems.Add($"{nameof(Threads)} must be at least 1 but is {Text(Threads)}");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException($"Bootstrap options: {string.Join("; ", problems)}.");
        }
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}

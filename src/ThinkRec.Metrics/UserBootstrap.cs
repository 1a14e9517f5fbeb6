namespace ThinkRec.Metrics;

/// <summary>Computes numbers from how often each user was drawn.</summary>
internal delegate double[] ReplicateMetrics(ReadOnlySpan<int> weights);

/// <summary>Draws users with replacement and collects a table of numbers per replicate.</summary>
internal static class UserBootstrap
{
    /// <summary>Runs all replicates.</summary>
    /// <returns>One array per metric: the defined replicates in ascending order.</returns>
    public static double[][] Run(int users, BootstrapOptions options, ReplicateMetrics metrics)
    {
        var replicates = new double[options.Replicates][];
        var limit = new ParallelOptions { MaxDegreeOfParallelism = options.Threads };
        Parallel.For(0, options.Replicates, limit, () => new int[users], (replicate, _, weights) =>
        {
            Draw(weights, options.Seed, replicate);
            replicates[replicate] = metrics(weights);
            return weights;
        }, _ => { });

        var sorted = new double[MetricTable.Count][];
        for (var metric = 0; metric < sorted.Length; metric++)
        {
            sorted[metric] = [.. replicates.Select(values => values[metric]).Where(double.IsFinite).Order()];
        }

        return sorted;
    }

    /// <summary>The interval that holds the middle share of ascending numbers (linear interpolation, as numpy's).</summary>
    public static (double Low, double High) Interval(double[] ascending, double confidence, string metric)
    {
        if (ascending.Length == 0)
        {
            throw new MetricsException(
                $"{metric} was undefined in every bootstrap replicate, so it has no interval; use more replicates or users.");
        }

        var tail = (1 - confidence) / 2;
        return (Quantile(ascending, tail), Quantile(ascending, 1 - tail));
    }

    private static double Quantile(double[] ascending, double share)
    {
        var position = share * (ascending.Length - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, ascending.Length - 1);
        return ascending[below] + ((position - below) * (ascending[above] - ascending[below]));
    }

    private static void Draw(int[] weights, int seed, int replicate)
    {
        Array.Clear(weights);
        // SplitMix64 (Steele, Lea, Flood 2014): its own stream per replicate, so that threads cannot change the result.
        var state = Mix((ulong)(uint)seed) ^ Mix(~(ulong)(uint)replicate);
        for (var draw = 0; draw < weights.Length; draw++)
        {
            state += 0x9E3779B97F4A7C15;
            weights[Math.BigMul(Mix(state), (ulong)weights.Length, out _)]++;
        }
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

namespace ThinkRec.Metrics;

/// <summary>The metrics of the paper's main table, with intervals and the counts they rest on.</summary>
public sealed record RankingReport
{
    private RankingReport(UserRankings rankings, MetricValue[] metrics, BootstrapOptions bootstrap)
    {
        (Metrics, Bootstrap) = (metrics, bootstrap);
        (Rows, Users, Positives) = (rankings.Rows, rankings.UserIds.Length, rankings.Positives);
        (UsersWithBothClasses, UsersWithTwoRows) = (rankings.UsersWithBothClasses, rankings.UsersWithTwoRows);
    }

    /// <summary>AUC, UAUC, NDCG@k and MAP@k, in this order.</summary>
    public IReadOnlyList<MetricValue> Metrics { get; }

    /// <summary>How the intervals were made.</summary>
    public BootstrapOptions Bootstrap { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of different users.</summary>
    public int Users { get; }

    /// <summary>Users with a positive and a negative row: those UAUC averages over.</summary>
    public int UsersWithBothClasses { get; }

    /// <summary>Users with at least two rows: those NDCG and MAP average over.</summary>
    public int UsersWithTwoRows { get; }

    /// <summary>Rows with label 1.</summary>
    public int Positives { get; }

    /// <summary>Computes all metrics with user-clustered percentile bootstrap intervals.</summary>
    /// <param name="rows">One entry per (user, candidate), in any order; the result does not depend on the order.</param>
    /// <param name="options">Replicates, seed and confidence.</param>
    /// <param name="k">Places that count for NDCG and MAP, at least 1.</param>
    /// <returns>The report.</returns>
    /// <exception cref="MetricsException">
    /// No row, a missing user id, a score that is not finite, or no user with both labels.
    /// </exception>
    /// <exception cref="ArgumentException">An option or k is out of range.</exception>
    /// <remarks>O(n log n) once, then O(n) per replicate.</remarks>
    public static RankingReport Evaluate(IReadOnlyList<ScoredRow> rows, BootstrapOptions options, int k = 5)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfOutOfRange();
        var table = new MetricTable(rows, k);
        var values = table.Compute(table.Rankings.Ones());
        var replicates = UserBootstrap.Run(table.Rankings.UserIds.Length, options, table.Compute);
        var metrics = new MetricValue[MetricTable.Count];
        for (var metric = 0; metric < metrics.Length; metric++)
        {
            var name = table.Name(metric);
            var (low, high) = UserBootstrap.Interval(replicates[metric], options.Confidence, name);
            metrics[metric] = new MetricValue(name, table.Definition(metric), values[metric], low, high)
            {
                UndefinedReplicates = options.Replicates - replicates[metric].Length,
            };
        }

        return new RankingReport(table.Rankings, metrics, options);
    }
}

namespace ThinkRec.Metrics;

/// <summary>Compares two sets of scores of the same rows; both see the same resampled users.</summary>
public static class PairedComparison
{
    /// <summary>Difference A − B per metric, with a paired user-bootstrap interval and p-value.</summary>
    /// <param name="rowsA">Rows with the first scores.</param>
    /// <param name="rowsB">The same (user, item, label) rows with the second scores, in any order.</param>
    /// <param name="options">Replicates, seed and confidence.</param>
    /// <param name="k">Places that count for NDCG and MAP, at least 1.</param>
    /// <returns>AUC, UAUC, NDCG@k and MAP@k, in this order.</returns>
    /// <exception cref="MetricsException">
    /// The rows differ (names the first difference), or a metric is undefined as in
    /// <see cref="RankingReport.Evaluate"/>.
    /// </exception>
    /// <remarks>
    /// p = 2 · min(1 + replicates with difference ≤ 0, 1 + replicates with difference ≥ 0) / (1 + replicates), at most 1:
    /// never 0, and never smaller than the number of replicates can support.
    /// </remarks>
    public static IReadOnlyList<MetricDifference> Compare(
        IReadOnlyList<ScoredRow> rowsA, IReadOnlyList<ScoredRow> rowsB, BootstrapOptions options, int k = 5)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfOutOfRange();
        var a = new MetricTable(rowsA, k);
        var b = new MetricTable(rowsB, k);
        RequireSameRows(rowsA, rowsB);
        var ones = a.Rankings.Ones();
        var (valuesA, valuesB) = (a.Compute(ones), b.Compute(ones));
        var replicates = UserBootstrap.Run(
            ones.Length, options, weights => Subtract(a.Compute(weights), b.Compute(weights)));
        var differences = new MetricDifference[MetricTable.Count];
        for (var metric = 0; metric < differences.Length; metric++)
        {
            var name = a.Name(metric);
            var (low, high) = UserBootstrap.Interval(replicates[metric], options.Confidence, name);
            differences[metric] = new MetricDifference(
                name,
                a.Definition(metric),
                valuesA[metric],
                valuesB[metric],
                valuesA[metric] - valuesB[metric],
                low,
                high,
                PValue(replicates[metric]))
            {
                UndefinedReplicates = options.Replicates - replicates[metric].Length,
            };
        }

        return differences;
    }

    private static double[] Subtract(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];

    private static double PValue(double[] differences)
    {
        var notAbove = differences.Count(difference => difference <= 0);
        var notBelow = differences.Count(difference => difference >= 0);
        return Math.Min(1, 2.0 * (1 + Math.Min(notAbove, notBelow)) / (1 + differences.Length));
    }

    private static void RequireSameRows(IReadOnlyList<ScoredRow> rowsA, IReadOnlyList<ScoredRow> rowsB)
    {
        var (a, b) = (Sort(rowsA), Sort(rowsB));
        for (var i = 0; i < Math.Max(a.Length, b.Length); i++)
        {
            if (i >= a.Length || i >= b.Length || Order(a[i], b[i]) != 0)
            {
                throw new MetricsException(
                    $"The two sets of scores must cover the same rows but {FirstDifference(a, b, i)} " +
                    $"(A has {a.Length} rows, B has {b.Length}). Score the same split with both.");
            }
        }
    }

    private static string FirstDifference(ScoredRow[] a, ScoredRow[] b, int index)
    {
        var inA = index < a.Length && (index >= b.Length || Order(a[index], b[index]) < 0);
        var row = inA ? a[index] : b[index];
        var place = $"user '{row.UserId}', item '{row.ItemId}'";
        var both = index < a.Length && index < b.Length;
        return both && a[index].UserId == b[index].UserId && a[index].ItemId == b[index].ItemId
            ? $"{place} has label {Digit(a[index])} in A and {Digit(b[index])} in B"
            : $"{place}, label {Digit(row)} occurs more often in {(inA ? "A than in B" : "B than in A")}";
    }

    private static int Digit(ScoredRow row) => row.Label ? 1 : 0;

    private static ScoredRow[] Sort(IReadOnlyList<ScoredRow> rows)
    {
        ScoredRow[] sorted = [.. rows];
        Array.Sort(sorted, Order);
        return sorted;
    }

    private static int Order(ScoredRow a, ScoredRow b)
    {
        var user = string.CompareOrdinal(a.UserId, b.UserId);
        var item = string.CompareOrdinal(a.ItemId, b.ItemId);
        return user != 0 ? user : item != 0 ? item : a.Label.CompareTo(b.Label);
    }
}

namespace ThinkRec.Metrics.Tests;

/// <summary>The definitions, written out without regard to speed.</summary>
internal static class BruteForce
{
    public static double Auc(IEnumerable<ScoredRow> rows)
    {
        var wins = from positive in rows
                   from negative in rows
                   where positive.Label && !negative.Label
                   select positive.Score > negative.Score ? 1.0 : positive.Score == negative.Score ? 0.5 : 0.0;
        return wins.Average();
    }

    public static double Uauc(IEnumerable<ScoredRow> rows) => rows
        .GroupBy(row => row.UserId)
        .Where(user => user.Select(row => row.Label).Distinct().Count() == 2)
        .Average(Auc);

    /// <summary>Mean over users with two rows or more of the mean over every order that the scores allow.</summary>
    public static double MeanOverUsers(IEnumerable<ScoredRow> rows, Func<bool[], double> metric) => rows
        .GroupBy(row => row.UserId)
        .Where(user => user.Count() > 1)
        .Average(user => Orders([.. user]).Average(metric));

    public static double Ndcg(bool[] labels, int k)
    {
        var ideal = Dcg([.. labels.OrderByDescending(label => label)], k);
        return ideal == 0 ? 0 : Dcg(labels, k) / ideal;
    }

    public static double AveragePrecision(bool[] labels, int k)
    {
        var hits = 0;
        var sum = 0.0;
        for (var i = 0; i < Math.Min(k, labels.Length); i++)
        {
            if (labels[i])
            {
                hits++;
                sum += (double)hits / (i + 1);
            }
        }

        return hits == 0 ? 0 : sum / labels.Count(label => label);
    }

    public static double HitRate(bool[] labels, int k) => labels.Take(k).Any(label => label) ? 1 : 0;

    private static double Dcg(bool[] labels, int k) =>
        labels.Take(k).Select((label, i) => label ? 1 / Math.Log2(i + 2) : 0).Sum();

    private static IEnumerable<bool[]> Orders(List<ScoredRow> rows)
    {
        if (rows.Count == 0)
        {
            yield return [];
            yield break;
        }

        var best = rows.Max(row => row.Score);
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].Score == best)
            {
                foreach (var rest in Orders([.. rows.Where((_, other) => other != i)]))
                {
                    yield return [rows[i].Label, .. rest];
                }
            }
        }
    }
}

using ThinkRec.Metrics;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Evaluation;

/// <summary>What a stage is measured by after each epoch.</summary>
internal static class ValidationMetrics
{
    private const int ListLength = 5;

    /// <summary>AUC and UAUC of scored rows, and what else a stage is to be selected by.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="selectBy">As <see cref="OptimizationOptions.SelectBy"/>.</param>
    /// <returns>By name; only those that the rows define.</returns>
    /// <exception cref="MetricsException">A score is not finite.</exception>
    internal static Dictionary<string, double> Of(IReadOnlyList<ScoredRow> rows, string? selectBy)
    {
        var metrics = new Dictionary<string, double>();
        bool both = rows.Any(row => row.Label) && rows.Any(row => !row.Label);
        if (both)
        {
            metrics[Selection.Auc] = RankingMetrics.Auc(rows);
        }

        if (both && rows.GroupBy(row => row.UserId).Any(user => user.Any(row => row.Label) && user.Any(row => !row.Label)))
        {
            metrics[Selection.Uauc] = RankingMetrics.Uauc(rows);
        }

        if (selectBy is Selection.Ndcg or Selection.Map && rows.GroupBy(row => row.UserId).Any(user => user.Count() > 1))
        {
            metrics[selectBy] = selectBy == Selection.Ndcg ? RankingMetrics.NdcgAtK(rows, ListLength) : RankingMetrics.MapAtK(rows, ListLength);
        }

        if (selectBy == Selection.CrossEntropy && rows.Count > 0)
        {
            metrics[Selection.CrossEntropy] = rows.Average(row => Softplus(row.Label ? -row.Score : row.Score));
        }

        return metrics;
    }

    // ln(1 + e^x): what the answer's probability, the logistic function of the score, costs.
    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}

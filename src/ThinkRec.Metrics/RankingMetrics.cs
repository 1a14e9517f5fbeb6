namespace ThinkRec.Metrics;

/// <summary>Ranking metrics as the ThinkRec evaluation defines them.</summary>
/// <remarks>
/// Tied scores: AUC counts one half; NDCG, MAP and hit rate are the exact expected value over all orders of the tied
/// rows, in closed form. Hence no result depends on the order of the rows. Equal means equal as doubles.
/// Differs from the reference: its sort leaves the order of tied rows open, which moves NDCG@5 and MAP@5 by about .003.
/// </remarks>
public static class RankingMetrics
{
    /// <summary>Probability that a positive row scores above a negative row, over all users together.</summary>
    /// <param name="rows">One entry per (user, candidate), in any order.</param>
    /// <returns>Fraction in [0, 1]; 0.5 is chance. A tie counts one half.</returns>
    /// <exception cref="MetricsException">
    /// No row, one class only, a missing user id or a score that is not finite; names the first such row.
    /// </exception>
    /// <remarks>As sklearn's roc_auc_score. O(n log n) time.</remarks>
    public static double Auc(IReadOnlyList<ScoredRow> rows)
    {
        var rankings = UserRankings.From(rows);
        rankings.RequireBothClasses();
        return rankings.Auc(rankings.Ones());
    }

    /// <summary>Mean AUC over users, each user weighted equally (UAUC).</summary>
    /// <param name="rows">One entry per (user, candidate), in any order.</param>
    /// <returns>Fraction in [0, 1]; 0.5 is chance. A tie counts one half.</returns>
    /// <exception cref="MetricsException">As <see cref="Auc"/>, or no user has both classes.</exception>
    /// <remarks>Users with one class are left out. O(n log n) time.</remarks>
    public static double Uauc(IReadOnlyList<ScoredRow> rows)
    {
        var rankings = UserRankings.From(rows);
        rankings.RequireUserWithBothClasses();
        return UserMean.OfAuc(rankings).Of(rankings.Ones());
    }

    /// <summary>Mean over users of the discounted cumulative gain of the first k rows over the best possible one.</summary>
    /// <param name="rows">One entry per (user, candidate), in any order.</param>
    /// <param name="k">How many places count, at least 1.</param>
    /// <returns>Fraction in [0, 1].</returns>
    /// <exception cref="MetricsException">As <see cref="Auc"/> except for one class, or no user has two rows.</exception>
    /// <remarks>
    /// Gain = label, discount log2(rank + 1), ideal over the same user's labels cut at k. Users with exactly one row are
    /// left out; users without positives count 0. Ties: expected value, as sklearn's ndcg_score.
    /// </remarks>
    public static double NdcgAtK(IReadOnlyList<ScoredRow> rows, int k) =>
        MeanOverLists(rows, k, "NDCG", list => list.Ndcg(k));

    /// <summary>Mean over users of the average precision of the first k rows.</summary>
    /// <param name="rows">One entry per (user, candidate), in any order.</param>
    /// <param name="k">How many places count, at least 1.</param>
    /// <returns>Fraction in [0, 1]; below 1 even for a perfect order when a user has more than k positives.</returns>
    /// <exception cref="MetricsException">As <see cref="Auc"/> except for one class, or no user has two rows.</exception>
    /// <remarks>
    /// AP@k = (sum over hits at rank r ≤ k of hits up to r / r) / <b>all</b> positives of the user, not min(k, positives).
    /// Users with exactly one row are left out; users without positives count 0. Ties: expected value.
    /// </remarks>
    public static double MapAtK(IReadOnlyList<ScoredRow> rows, int k) =>
        MeanOverLists(rows, k, "MAP", list => list.AveragePrecision(k));

    /// <summary>Share of users who have a positive among their first k rows.</summary>
    /// <param name="rows">One entry per (user, candidate), in any order.</param>
    /// <param name="k">How many places count, at least 1.</param>
    /// <returns>Fraction in [0, 1].</returns>
    /// <exception cref="MetricsException">As <see cref="Auc"/> except for one class, or no user has two rows.</exception>
    /// <remarks>Users with exactly one row are left out; users without positives count 0. Ties: expected value.</remarks>
    public static double HitRateAtK(IReadOnlyList<ScoredRow> rows, int k) =>
        MeanOverLists(rows, k, "HR", list => list.HitRate(k));

    private static double MeanOverLists(
        IReadOnlyList<ScoredRow> rows, int k, string name, Func<RankedList, double> metric)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var rankings = UserRankings.From(rows);
        rankings.RequireUserWithTwoRows(FormattableString.Invariant($"{name}@{k}"));
        return UserMean.OfLists(rankings, metric).Of(rankings.Ones());
    }
}

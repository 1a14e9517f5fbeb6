namespace ThinkRec.Metrics;

/// <summary>The four reported metrics of one set of rows, computable for any weights of its users.</summary>
internal sealed class MetricTable
{
    public const int Count = 4;

    private readonly UserMean _uauc;
    private readonly UserMean _ndcg;
    private readonly UserMean _map;
    private readonly int _k;

    public MetricTable(IReadOnlyList<ScoredRow> rows, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        Rankings = UserRankings.From(rows);
        Rankings.RequireBothClasses();
        Rankings.RequireUserWithBothClasses();
        _k = k;
        _uauc = UserMean.OfAuc(Rankings);
        _ndcg = UserMean.OfLists(Rankings, list => list.Ndcg(k));
        _map = UserMean.OfLists(Rankings, list => list.AveragePrecision(k));
    }

    public UserRankings Rankings { get; }

    public string Name(int metric) => metric switch
    {
        0 => "AUC",
        1 => "UAUC",
        2 => FormattableString.Invariant($"NDCG@{_k}"),
        _ => FormattableString.Invariant($"MAP@{_k}"),
    };

    public string Definition(int metric) => metric switch
    {
        0 => "Area under the ROC curve over all rows; ties count one half.",
        1 => "Unweighted mean of the AUC of each user who has both labels; ties count one half.",
        2 => FormattableString.Invariant(
            $"Mean over users with at least two rows of DCG@{_k} / ideal DCG@{_k}; 0 without positives; ties averaged."),
        _ => FormattableString.Invariant(
            $"Mean over users with at least two rows of AP@{_k} over all positives; 0 without positives; ties averaged."),
    };

    /// <summary>All metrics when user u counts weights[u] times; NaN where undefined.</summary>
    public double[] Compute(ReadOnlySpan<int> weights) =>
        [Rankings.Auc(weights), _uauc.Of(weights), _ndcg.Of(weights), _map.Of(weights)];
}

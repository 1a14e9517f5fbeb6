namespace ThinkRec.Metrics;

/// <summary>A metric that is a mean over users of numbers that do not change when users are resampled.</summary>
/// <param name="Users">Indices of the users that count.</param>
/// <param name="Values">Their numbers.</param>
internal sealed record UserMean(int[] Users, double[] Values)
{
    public static UserMean OfAuc(UserRankings rankings) => Of(rankings, list => list.HasBothClasses, list => list.Auc());

    public static UserMean OfLists(UserRankings rankings, Func<RankedList, double> metric) =>
        Of(rankings, list => list.Rows >= 2, metric);

    /// <summary>The mean when user u counts weights[u] times; NaN when no user that counts is left.</summary>
    public double Of(ReadOnlySpan<int> weights)
    {
        var sum = 0.0;
        long count = 0;
        for (var i = 0; i < Users.Length; i++)
        {
            var weight = weights[Users[i]];
            sum += weight * Values[i];
            count += weight;
        }

        return sum / count;
    }

    private static UserMean Of(UserRankings rankings, Func<RankedList, bool> counts, Func<RankedList, double> metric)
    {
        int[] users = [.. Enumerable.Range(0, rankings.Lists.Length).Where(user => counts(rankings.Lists[user]))];
        return new UserMean(users, Array.ConvertAll(users, user => metric(rankings.Lists[user])));
    }
}

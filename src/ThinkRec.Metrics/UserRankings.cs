namespace ThinkRec.Metrics;

/// <summary>Checked rows, sorted once: over all users for the AUC, and per user for the rest.</summary>
/// <remarks>Users stand in ordinal order of their ids, so that no result depends on the order of the rows.</remarks>
internal sealed class UserRankings
{
    private readonly int[] _userByScore;
    private readonly bool[] _labelByScore;
    private readonly bool[] _endsTie;

    private UserRankings(IReadOnlyList<ScoredRow> rows)
    {
        UserIds = [.. rows.Select(row => row.UserId).Distinct().Order(StringComparer.Ordinal)];
        Lists = [.. UserIds.Select(_ => new RankedList())];
        var indexOf = UserIds.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
        var scores = rows.Select(row => row.Score).ToArray();
        var order = Enumerable.Range(0, rows.Count).ToArray();
        Array.Sort(scores, order);
        _userByScore = Array.ConvertAll(order, row => indexOf[rows[row].UserId]);
        _labelByScore = Array.ConvertAll(order, row => rows[row].Label);
        _endsTie = [.. scores.Select((score, i) => i + 1 == scores.Length || scores[i + 1] != score)];
        for (var i = scores.Length - 1; i >= 0; i--)
        {
            Lists[_userByScore[i]].Append(scores[i], _labelByScore[i]);
        }
    }

    public string[] UserIds { get; }

    public RankedList[] Lists { get; }

    public int Rows => _userByScore.Length;

    public int Positives => Lists.Sum(list => list.Positives);

    public int UsersWithBothClasses => Lists.Count(list => list.HasBothClasses);

    public int UsersWithTwoRows => Lists.Count(list => list.Rows >= 2);

    public static UserRankings From(IReadOnlyList<ScoredRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0)
        {
            throw new MetricsException("Ranking metrics need at least one scored row but got none.");
        }

        for (var i = 0; i < rows.Count; i++)
        {
            Check(rows[i], i);
        }

        return new UserRankings(rows);
    }

    /// <summary>Refuses rows that lack a class over all users.</summary>
    public void RequireBothClasses()
    {
        if (Positives == 0 || Positives == Rows)
        {
            throw new MetricsException(
                $"AUC needs rows of both labels but all {Rows} rows of {UserIds.Length} users (first: user " +
                $"'{UserIds[0]}') have label {(Positives == 0 ? 0 : 1)}. Check the label column.");
        }
    }

    /// <summary>Refuses rows in which no user has both classes.</summary>
    public void RequireUserWithBothClasses()
    {
        if (UsersWithBothClasses == 0)
        {
            throw new MetricsException(
                $"UAUC needs a user with rows of both labels but each of the {UserIds.Length} users (first: user " +
                $"'{UserIds[0]}', {Lists[0].Rows} rows, {Lists[0].Positives} positive) has only one.");
        }
    }

    /// <summary>Refuses rows in which no user has a list to rank.</summary>
    public void RequireUserWithTwoRows(string metric)
    {
        if (UsersWithTwoRows == 0)
        {
            throw new MetricsException(
                $"{metric} needs a user with at least two rows but each of the {UserIds.Length} users " +
                $"(first: user '{UserIds[0]}') has one.");
        }
    }

    /// <summary>AUC when user u's rows count weights[u] times; NaN when a class is missing. O(rows), ties one half.</summary>
    public double Auc(ReadOnlySpan<int> weights)
    {
        long doubledWins = 0, positives = 0, negatives = 0, tiedPositives = 0, tiedNegatives = 0;
        for (var i = 0; i < _userByScore.Length; i++)
        {
            var weight = weights[_userByScore[i]];
            if (_labelByScore[i])
            {
                tiedPositives += weight;
            }
            else
            {
                tiedNegatives += weight;
            }

            if (_endsTie[i])
            {
                doubledWins += tiedPositives * ((2 * negatives) + tiedNegatives);
                positives += tiedPositives;
                negatives += tiedNegatives;
                tiedPositives = tiedNegatives = 0;
            }
        }

        return doubledWins / (2.0 * positives * negatives);
    }

    /// <summary>Weights that count every user once.</summary>
    public int[] Ones() => [.. Enumerable.Repeat(1, UserIds.Length)];

    private static void Check(ScoredRow row, int index)
    {
        if (string.IsNullOrEmpty(row.UserId))
        {
            throw new MetricsException($"Row {index + 1} (item '{row.ItemId}') has no user id; every row needs one.");
        }

        if (!double.IsFinite(row.Score))
        {
            throw new MetricsException(FormattableString.Invariant(
                $"Row {index + 1} (user '{row.UserId}', item '{row.ItemId}'): expected a finite score but got ") +
                FormattableString.Invariant($"{row.Score}. Look for a diverged model, or leave the row out."));
        }
    }
}

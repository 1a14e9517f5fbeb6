namespace ThinkRec.Data;

/// <summary>The interactions of a user before a row: a view of the dataset, never stored.</summary>
/// <remarks>
/// Sequential protocol: earlier rows of every split count, their true labels included; that is what a live system knows.
/// Rows of one user that share a second keep the dataset's order unless the strict variant is asked for.
/// </remarks>
public sealed class Histories
{
    private readonly KindIndex _dual;
    private readonly KindIndex _positive;

    /// <summary>Indexes the rows by user in O(rows) time and memory.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="strictTime">True: only strictly earlier timestamps; false: all earlier rows in the dataset's order.</param>
    public Histories(Dataset dataset, bool strictTime = false)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        _dual = new KindIndex(dataset, strictTime, static _ => true);
        _positive = new KindIndex(dataset, strictTime, static row => row.Label);
    }

    /// <summary>The last interactions of the row's user before the row.</summary>
    /// <param name="row">Row number in the dataset.</param>
    /// <param name="cap">At most so many; 0 or more.</param>
    /// <param name="kind">Likes and dislikes, or likes only.</param>
    /// <returns>Row numbers, oldest first.</returns>
    public int[] Before(int row, int cap, HistoryKind kind)
    {
        var index = Of(kind);
        return Last(index.RowsOfUser[index.UserOf[row]], index.NumBefore[row], cap);
    }

    /// <summary>The most recent interactions of a user over all splits, for serving.</summary>
    /// <param name="user">Dense user index.</param>
    /// <param name="cap">At most so many; 0 or more.</param>
    /// <param name="kind">Likes and dislikes, or likes only.</param>
    /// <returns>Row numbers, oldest first.</returns>
    public int[] Latest(int user, int cap, HistoryKind kind)
    {
        var rows = Of(kind).RowsOfUser[user];
        return Last(rows, rows.Length, cap);
    }

    private static int[] Last(int[] rows, int end, int cap)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cap);
        return rows[Math.Max(0, end - cap)..end];
    }

    private KindIndex Of(HistoryKind kind) => kind == HistoryKind.Dual ? _dual : _positive;

    private sealed class KindIndex
    {
        public KindIndex(Dataset dataset, bool strictTime, Func<Interaction, bool> keep)
        {
            var rows = dataset.Interactions;
            var kept = new List<int>[dataset.Users.Count];
            var earlier = new int[dataset.Users.Count];    // kept rows of the user before its present second
            var second = new long[dataset.Users.Count];
            for (var user = 0; user < kept.Length; user++)
            {
                kept[user] = [];
            }
            UserOf = new int[rows.Length];
            NumBefore = new int[rows.Length];
            for (var row = 0; row < rows.Length; row++)
            {
                var user = UserOf[row] = rows[row].User;
                if (second[user] != rows[row].Timestamp)
                {
                    (second[user], earlier[user]) = (rows[row].Timestamp, kept[user].Count);
                }
                NumBefore[row] = strictTime ? earlier[user] : kept[user].Count;
                if (keep(rows[row]))
                {
                    kept[user].Add(row);
                }
            }
            RowsOfUser = Array.ConvertAll(kept, list => list.ToArray());
        }

        public int[] UserOf { get; }

        public int[] NumBefore { get; }

        public int[][] RowsOfUser { get; }
    }
}

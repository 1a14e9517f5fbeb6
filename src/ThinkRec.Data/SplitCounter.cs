namespace ThinkRec.Data;

/// <summary>Counts the splits of a dataset.</summary>
internal sealed class SplitCounter
{
    private static readonly double[] Quantiles = [0, 0.25, 0.5, 0.75, 1];

    private readonly Dataset _dataset;
    private readonly int[] _before;         // by row: earlier rows of its user
    private readonly int[] _likedBefore;    // by row: those that are likes
    private readonly HashSet<int> _warmUsers;
    private readonly HashSet<int> _warmItems;

    public SplitCounter(Dataset dataset)
    {
        _dataset = dataset;
        var rows = dataset.Interactions;
        (_before, _likedBefore) = (new int[rows.Length], new int[rows.Length]);
        var (all, liked) = (new int[dataset.Users.Count], new int[dataset.Users.Count]);
        for (var row = 0; row < rows.Length; row++)
        {
            var user = rows[row].User;
            (_before[row], _likedBefore[row]) = (all[user]++, liked[user]);
            liked[user] += rows[row].Label ? 1 : 0;
        }
        var train = dataset.RowsOf(Split.Train);
        _warmUsers = [.. train.Select(row => rows[row].User)];
        _warmItems = [.. train.Select(row => rows[row].Item)];
    }

    public SplitStatistics Count(Split split)
    {
        var numbers = _dataset.RowsOf(split);
        var rows = Array.ConvertAll(numbers, number => _dataset.Interactions[number]);
        var rowsOfUser = rows.CountBy(row => row.User).ToArray();
        var likesOfUser = rows.Where(row => row.Label).CountBy(row => row.User).ToDictionary();
        var items = rows.Select(row => row.Item).Distinct().Count();
        var pairs = rows.Select(row => (row.User, row.Item)).Distinct().Count();
        return new SplitStatistics
        {
            Split = split,
            Rows = rows.Length,
            Users = rowsOfUser.Length,
            Items = items,
            Sparsity = rows.Length == 0 ? null : 1 - (pairs / ((double)rowsOfUser.Length * items)),
            PositiveRate = Share(rows, row => row.Label),
            UsersOfBothLabels = rowsOfUser.Count(user => likesOfUser.TryGetValue(user.Key, out var likes) && likes < user.Value),
            NotCold = Share(rows, row => _warmUsers.Contains(row.User) && _warmItems.Contains(row.Item)),
            ColdUsers = Share(rows, row => !_warmUsers.Contains(row.User)),
            ColdItems = Share(rows, row => !_warmItems.Contains(row.Item)),
            RowsPerUser = QuantilesOf(rowsOfUser.Select(user => user.Value)),
            HistoryLengths = QuantilesOf(numbers.Select(number => _before[number])),
            LikedHistoryLengths = QuantilesOf(numbers.Select(number => _likedBefore[number])),
            FirstTime = rows.Length == 0 ? null : rows[0].Timestamp,
            LastTime = rows.Length == 0 ? null : rows[^1].Timestamp,
        };
    }

    private static double? Share(Interaction[] rows, Func<Interaction, bool> holds) => rows.Length == 0 ? null : (double)rows.Count(holds) / rows.Length;

    private static int[] QuantilesOf(IEnumerable<int> values)
    {
        int[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? [] : [.. Quantiles.Select(q => sorted[Math.Max(0, (int)Math.Ceiling(q * sorted.Length) - 1)])];
    }
}

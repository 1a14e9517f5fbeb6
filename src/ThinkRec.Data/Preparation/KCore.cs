namespace ThinkRec.Data.Preparation;

/// <summary>Leaves users and items with few rows out.</summary>
/// <param name="MinRows">Users and items need at least so many rows.</param>
/// <param name="IsIterative">True: repeated until all that is left has so many. False: counted once and applied once, after which some have fewer.</param>
public readonly record struct KCore(int MinRows, bool IsIterative)
{
    /// <summary>The filter in words.</summary>
    /// <returns>For the dataset's card.</returns>
    public override string ToString() =>
        $"users and items with fewer than {MinRows} rows are left out, {(IsIterative ? "until all that are left have so many" : "counted once, before either is left out")}";

    /// <summary>Keeps the rows whose user and item have enough of them.</summary>
    /// <param name="rows">Rows in order; changed.</param>
    /// <param name="numUsers">Highest user + 1.</param>
    /// <param name="numItems">Highest item + 1.</param>
    internal void Apply(List<Interaction> rows, int numUsers, int numItems)
    {
        int removed;
        do
        {
            var users = new int[numUsers];
            var items = new int[numItems];
            foreach (var row in rows)
            {
                users[row.User]++;
                items[row.Item]++;
            }
            var min = MinRows;
            removed = rows.RemoveAll(row => users[row.User] < min || items[row.Item] < min);
        }
        while (IsIterative && removed > 0);
    }
}

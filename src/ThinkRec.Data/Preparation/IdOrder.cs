namespace ThinkRec.Data.Preparation;

/// <summary>The order in which ids are numbered: whole numbers by value, then all others by their characters.</summary>
internal sealed class IdOrder : IComparer<string>
{
    public static IdOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return (IsNumber(x), IsNumber(y)) switch
        {
            (true, true) when x.Length != y.Length => x.Length.CompareTo(y.Length),
            (true, false) => -1,
            (false, true) => 1,
            _ => string.CompareOrdinal(x, y),
        };
    }

    // Without leading zeros, so that the longer one is the larger.
    private static bool IsNumber(string id) => (id[0] != '0' || id.Length == 1) && id.All(char.IsAsciiDigit);
}

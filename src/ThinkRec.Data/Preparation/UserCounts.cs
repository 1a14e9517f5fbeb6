namespace ThinkRec.Data.Preparation;

/// <summary>Counts rows by user.</summary>
internal static class UserCounts
{
    public static int[] Of(ReadOnlySpan<Interaction> rows)
    {
        var highest = 0;
        foreach (var row in rows)
        {
            highest = Math.Max(highest, row.User);
        }
        var counts = new int[highest + 1];
        foreach (var row in rows)
        {
            counts[row.User]++;
        }
        return counts;
    }
}

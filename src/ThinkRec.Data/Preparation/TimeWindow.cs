namespace ThinkRec.Data.Preparation;

/// <summary>A span of time, in whole months of UTC.</summary>
/// <param name="From">First second that belongs to it, since 1970-01-01 UTC.</param>
/// <param name="To">First second that does not.</param>
public readonly record struct TimeWindow(long From, long To)
{
    /// <summary>Makes a window of whole months.</summary>
    /// <param name="year">Year of the first month.</param>
    /// <param name="month">The first month, 1 to 12.</param>
    /// <param name="months">How many months.</param>
    /// <returns>The window.</returns>
    public static TimeWindow Months(int year, int month, int months)
    {
        var first = new DateTimeOffset(year, month, 1, 0, 0, 0, TimeSpan.Zero);
        return new TimeWindow(first.ToUnixTimeSeconds(), first.AddMonths(months).ToUnixTimeSeconds());
    }

    /// <summary>Whether a moment lies in the window.</summary>
    /// <param name="timestamp">Seconds since 1970-01-01 UTC.</param>
    /// <returns>True from the first second to the last.</returns>
    public bool Contains(long timestamp) => timestamp >= From && timestamp < To;

    /// <summary>First and last day.</summary>
    /// <returns>Such as <c>2001-06-01 to 2002-03-31 UTC</c>.</returns>
    public override string ToString() => $"{Day(From)} to {Day(To - 1)} UTC";

    private static string Day(long timestamp) => FormattableString.Invariant($"{DateTimeOffset.FromUnixTimeSeconds(timestamp):yyyy-MM-dd}");
}

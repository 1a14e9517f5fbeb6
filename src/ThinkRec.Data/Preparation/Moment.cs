using System.Globalization;

namespace ThinkRec.Data.Preparation;

/// <summary>Reads the spellings of a time that raw logs have.</summary>
public static class Moment
{
    // Seconds reach this number in the year 5138, milliseconds did in March 1973.
    private const string UsualDate = "yyyy-MM-dd HH:mm:ss";
    private const int MaxPlainDigits = 10;   // always seconds, and no year that a date cannot be in
    private const double FirstMilliseconds = 1e11;
    private static readonly double MaxSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds() - 1;

    private static readonly string[] Dates =
    [
        UsualDate, "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ssK",
    ];

    /// <summary>Reads seconds or, from 10¹¹ on, milliseconds since 1970, or a date in the order year, month, day; without an offset it is in UTC.</summary>
    /// <param name="text">The text.</param>
    /// <param name="seconds">Seconds since 1970-01-01 UTC.</param>
    /// <returns>False for anything else, and for times before 1970.</returns>
    public static bool TryParse(string? text, out long seconds)
    {
        if (text?.Length <= MaxPlainDigits && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds))
        {
            return true;
        }
        seconds = 0;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number))
        {
            number = Math.Floor(number >= FirstMilliseconds ? number / 1000 : number);
            if (number < 0 || !(number <= MaxSeconds))   // not a number is neither
            {
                return false;
            }
            seconds = (long)number;
            return true;
        }
        if (!(text?.Length == UsualDate.Length && DateTimeOffset.TryParseExact(text, UsualDate, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            && !DateTimeOffset.TryParseExact(text, Dates, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date))
        {
            return false;
        }
        seconds = date.ToUnixTimeSeconds();
        return seconds >= 0;
    }
}

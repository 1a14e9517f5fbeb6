using System.Globalization;
using System.Text;

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>Dates as Python's <c>strftime</c> writes them in its C locale.</summary>
internal static class Calendar
{
    /// <summary>Writes a time.</summary>
    public static string Write(Run run, DateTimeOffset time, string format)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            var code = ++i < format.Length ? format[i] : ' ';
            text.Append(code switch
            {
                '%' => "%",
                'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
                _ => time.ToString(Pattern(code) ?? throw run.Problem($"the date format '%{code}' is not supported."), CultureInfo.InvariantCulture),
            });
        }

        return text.ToString();
    }

    private static string? Pattern(char code) => code switch
    {
        'Y' => "yyyy",
        'y' => "yy",
        'm' => "MM",
        'B' => "MMMM",
        'b' => "MMM",
        'd' => "dd",
        'A' => "dddd",
        'a' => "ddd",
        'H' => "HH",
        'I' => "hh",
        'M' => "mm",
        'S' => "ss",
        'p' => "tt",
        _ => null,
    };
}

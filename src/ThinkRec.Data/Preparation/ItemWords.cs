using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace ThinkRec.Data.Preparation;

/// <summary>Cleans what shops and sites say about items: markup, entities, white space, and texts without end.</summary>
internal static partial class ItemWords
{
    private const int MaxTitleLength = 300;
    private const int MaxDescriptionLength = 4000;
    private const int MaxKeywordLength = 100;
    private const int MaxKeywords = 20;
    private const int MaxRawLength = 1 << 17;   // what is behind is no text that anybody reads

    /// <summary>A title in plain text.</summary>
    public static string Title(string? text) => Cut(Plain(text), MaxTitleLength);

    /// <summary>A description in plain text.</summary>
    public static string Description(string? text) => Cut(Plain(text), MaxDescriptionLength);

    /// <summary>Distinct keywords in the order given.</summary>
    public static string[] Keywords(IEnumerable<string?> words) =>
    [
        .. words.Select(word => Cut(Plain(word), MaxKeywordLength).Replace(',', ' ').Trim()).Where(word => word.Length > 0)
            .Distinct(StringComparer.OrdinalIgnoreCase).Take(MaxKeywords),
    ];

    /// <summary>Keywords of one field: parted by '|', else by ';', else by ',', else by white space where that parts them; a list as Python writes it is taken apart too.</summary>
    public static string[] KeywordsOf(string? field, bool isPartedBySpaces = false)
    {
        if (string.IsNullOrWhiteSpace(field))
        {
            return [];
        }
        var text = field.Trim();
        if (text is ['[', .., ']'])
        {
            return Keywords(text[1..^1].Split(',').Select(word => word.Trim().Trim('\'', '"')));
        }
        var separator = text.Contains('|', StringComparison.Ordinal) ? '|'
            : text.Contains(';', StringComparison.Ordinal) ? ';'
            : isPartedBySpaces && !text.Contains(',', StringComparison.Ordinal) ? ' '
            : ',';
        return Keywords(text.Split(separator));
    }

    /// <summary>A year: the number itself, or the beginning of a date.</summary>
    public static int? Year(string? text) =>
        text is not null && LeadingYear().Match(text.Trim()) is { Success: true } match
        && int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var year) && year >= 1 ? year : null;

    /// <summary>Parts a title from the year in brackets at its end.</summary>
    public static (string Title, int? Year, string YearText) PartYear(string title)
    {
        var end = title.AsSpan().TrimEnd();
        var open = end.LastIndexOf('(');
        if (open < 0 || end[^1] != ')' || end[(open + 1)..^1] is not { Length: > 0 } digits || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return (title, null, string.Empty);
        }
        int? year = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 9999 ? number : null;
        return (end[..open].TrimEnd().ToString(), year, digits.ToString());
    }

    private static string Plain(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return string.Empty;
        }
        var plain = TableFile.Clean(Cut(text, MaxRawLength));
        if (plain.Contains('&', StringComparison.Ordinal))
        {
            plain = TableFile.Clean(WebUtility.HtmlDecode(plain));
        }
        if (plain.Contains('<', StringComparison.Ordinal))
        {
            plain = Markup().Replace(plain, " ");
        }
        return WhiteSpace().Replace(plain, " ").Trim();
    }

    // Never between the two halves of a character outside the basic plane.
    private static string Cut(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)].TrimEnd();

    // A tag, or what is left of one where the field ends in it. "<3" and "a < b" are no tags.
    [GeneratedRegex(@"<[/!?]?[A-Za-z-][^<>]*(>|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Markup();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex WhiteSpace();

    [GeneratedRegex(@"^(\d{4})(\.0+)?($|-|/)", RegexOptions.CultureInvariant)]
    private static partial Regex LeadingYear();
}

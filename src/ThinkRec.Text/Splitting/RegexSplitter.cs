using System.Text.RegularExpressions;

namespace ThinkRec.Text.Splitting;

/// <summary>Cuts text by any pattern that can be matched without going back; what lies between two matches is a piece as well.</summary>
/// <remarks>Each search is linear in the text. A character beyond 16 bits is two characters to the pattern, so that classes of
/// letters do not hold the letters there; a piece never ends within one all the same.</remarks>
internal sealed class RegexSplitter : Splitter
{
    private const int MaxLength = 1000;
    private const int MaxRepeats = 1000;
    private const string SpaceTail = @"|\s+(?!\S)|\s+";
    private static readonly Regex Counts = new(@"\{(\d+)?(,)?(\d+)?\}", RegexOptions.NonBacktracking);
    private readonly Regex _regex;
    private readonly bool _cutsSpace;

    private RegexSplitter(Regex regex, bool cutsSpace) => (_regex, _cutsSpace) = (regex, cutsSpace);

    /// <summary>Makes a splitter; null when the pattern needs to look around or go back, counts high, or is of another dialect.</summary>
    public static RegexSplitter? TryCreate(string pattern)
    {
        // The usual end of a pattern looks ahead; it is done by hand here.
        var cutsSpace = pattern.EndsWith(SpaceTail, StringComparison.Ordinal);
        var head = cutsSpace ? pattern[..^SpaceTail.Length] : pattern;
        if (head.Length is 0 or > MaxLength || RepeatsOf(head) > MaxRepeats)
        {
            return null;
        }

        try
        {
            return new RegexSplitter(new Regex(head, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), cutsSpace);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override int NextEnd(ReadOnlySpan<char> text, int start)
    {
        var end = text.Length;
        foreach (var match in _regex.EnumerateMatches(text, start))
        {
            if (match.Index + match.Length > start)
            {
                end = match.Index > start ? match.Index : match.Index + match.Length;
                break;
            }
        }

        if (_cutsSpace)
        {
            end = Math.Min(end, FirstSpaceCut(text, start, end));
        }

        var isWithinPair = end < text.Length && char.IsLowSurrogate(text[end]) && char.IsHighSurrogate(text[end - 1]);
        return isWithinPair ? end + 1 : end;
    }

    // A gap of the head is cut where white space begins, and white space as its tail says.
    private int FirstSpaceCut(ReadOnlySpan<char> text, int start, int end)
    {
        if (IsMatchAt(text, start))
        {
            return end;
        }

        if (char.IsWhiteSpace(text[start]))
        {
            return CharacterClass.SpaceEnd(text, start);
        }

        for (var i = start + 1; i < end; i++)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                return i;
            }
        }

        return end;
    }

    private bool IsMatchAt(ReadOnlySpan<char> text, int start)
    {
        foreach (var match in _regex.EnumerateMatches(text, start))
        {
            return match.Index == start && match.Length > 0;
        }

        return false;
    }

    private static long RepeatsOf(string pattern)
    {
        var product = 1L;
        foreach (Match count in Counts.Matches(pattern))
        {
            var highest = count.Groups[3].Success ? count.Groups[3].Value : count.Groups[1].Value;
            product = int.TryParse(highest, out var times) ? Math.Min(product * Math.Max(1, times), int.MaxValue) : product;
        }

        return product;
    }
}

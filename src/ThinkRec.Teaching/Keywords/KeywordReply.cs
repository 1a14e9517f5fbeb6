using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ThinkRec.Teaching.Endpoint;
using ThinkRec.Text;

namespace ThinkRec.Teaching.Keywords;

/// <summary>Reads a model's lines of keywords, which may hold anything.</summary>
internal static partial class KeywordReply
{
    private const int MaxAnswer = 200_000;
    private const int MaxLength = 40;
    private const int MaxWords = 4;
    private const int Most = 60;

    private static readonly HashSet<string> Placeholders =
    [
        "n/a", "na", "none", "unknown", "null", "nil", "empty", "keyword", "keywords", "key word", "etc", "and so on", "no keywords", "not available", "not applicable",
        "title", "description", "tbd", "a", "an", "and", "in", "of", "on", "or", "the", "to", "with",
    ];

    /// <summary>Reads an answer.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="count">Items asked about.</param>
    /// <returns>Keywords by place in the question; null where there is no line with one, or more than one line.</returns>
    public static string[]?[] Parse(ChatReply reply, int count)
    {
        var (_, text) = ThinkTags.Part(reply);
        string[] lines = [.. text[..Math.Min(text.Length, MaxAnswer)].Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        if (reply.Finish == "length" && lines.Length > 0)
        {
            lines = lines[..^1]; // cut off somewhere in it
        }

        var found = new string[]?[count];
        var seen = new int[count];
        foreach (var line in lines)
        {
            if (Numbered().Match(line) is { Success: true } match
                && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= count)
            {
                // A second line for a number is somebody else's, so that neither counts.
                found[number - 1] = seen[number - 1]++ == 0 ? Keywords(match.Groups[2].Value) : null;
            }
        }

        return count == 1 && seen[0] == 0 && lines.Length == 1 ? [Keywords(lines[0])] : found;
    }

    private static string[]? Keywords(string line) =>
        line.Split([',', ';', '、', '，']).Take(Most).Select(Clean).OfType<string>().Distinct(StringComparer.Ordinal).ToArray() is { Length: > 0 } words ? words : null;

    private static string? Clean(string word)
    {
        var clean = UntrustedText.Clean(word, 2 * MaxLength).Trim(' ', '.', '"', '\'', '“', '”', '‘', '’', '`', '*', '_', '-', '–', '•').ToLowerInvariant();
        return clean.Length is >= 2 and <= MaxLength && clean.Count(c => c == ' ') < MaxWords && clean.EnumerateRunes().Any(Rune.IsLetter)
            && clean.EnumerateRunes().All(IsInKeyword) && !Placeholders.Contains(clean) && !Numbers().IsMatch(clean)
            ? clean
            : null;
    }

    // No brackets, braces, bars or colons: nothing that looks like a place of a prompt, markup or a control token.
    private static bool IsInKeyword(Rune rune) => rune.IsAscii
        ? char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value is ' ' or '-' or '\'' or '&' or '+' or '/' or '.'
        : Rune.IsLetterOrDigit(rune) || rune.Value is '’' or '·' || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    [GeneratedRegex(@"^[\s>*_`#\-\[(]*(\d{1,4})[\s*_`]*[:.)\]][\s:.)\]*_`\-]*(.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Numbered();

    [GeneratedRegex(@"^key ?words? ?\d+$", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}

using System.Globalization;
using System.Text;

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>What Python does with texts, with each character's origin kept.</summary>
/// <remarks>Differs from Python: characters whose other case has another length, such as ß, keep theirs.</remarks>
internal static class Strings
{
    /// <summary>White space as in Python.</summary>
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\u001c' and <= '\u001f';

    /// <summary>Characters, those beyond the basic plane whole.</summary>
    public static IEnumerable<MarkedText> Characters(MarkedText text)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = at + 1 < text.Length && char.IsSurrogatePair(text.Value, at) ? 2 : 1;
            yield return text.Slice(at, length);
            at += length;
        }
    }

    /// <summary>Number of characters, those beyond the basic plane counted once.</summary>
    public static int Count(MarkedText text) => text.Length - text.Value.Count(char.IsLowSurrogate);

    /// <summary>A text without what is at its ends.</summary>
    /// <param name="text">The text.</param>
    /// <param name="characters">What to take away; null for white space.</param>
    /// <param name="left">Whether to take from the beginning.</param>
    /// <param name="right">Whether to take from the end.</param>
    public static MarkedText Strip(MarkedText text, MarkedText? characters, bool left = true, bool right = true)
    {
        bool Goes(char character) => characters is null ? IsSpace(character) : characters.Value.Contains(character, StringComparison.Ordinal);
        var (start, end) = (0, text.Length);
        while (left && start < end && Goes(text.Value[start]))
        {
            start++;
        }

        while (right && end > start && Goes(text.Value[end - 1]))
        {
            end--;
        }

        return text.Slice(start, end - start);
    }

    /// <summary>The parts between separators.</summary>
    /// <param name="run">The rendering.</param>
    /// <param name="text">The text.</param>
    /// <param name="separator">What stands between; null for any white space, which also makes no empty part.</param>
    /// <param name="most">Cuts at most; below 0 for all.</param>
    public static List<object?> Split(Run run, MarkedText text, MarkedText? separator, long most)
    {
        if (separator is { Length: 0 })
        {
            throw run.Problem("a text is split at an empty separator.");
        }

        run.Make(text.Length);
        var parts = new List<object?>();
        var rest = separator is null ? Strip(text, null, right: false) : text;
        while (most < 0 || parts.Count < most)
        {
            var (at, length) = separator is null ? SpaceIn(rest.Value) : (rest.Value.IndexOf(separator.Value, StringComparison.Ordinal), separator.Length);
            if (at < 0)
            {
                break;
            }

            run.Make(rest.Length);
            parts.Add(rest.Slice(0, at));
            rest = rest.Slice(at + length, rest.Length - at - length);
        }

        if (separator is not null || rest.Length > 0)
        {
            parts.Add(rest);
        }

        return parts;
    }

    /// <summary>A text with one part of it replaced by another.</summary>
    public static MarkedText Replace(Run run, MarkedText text, MarkedText old, MarkedText replacement, long most)
    {
        var parts = new List<MarkedText>();
        var from = 0; // what comes before is in the parts
        var search = 0;
        for (var count = 0L; (most < 0 || count < most) && search <= text.Length; count++)
        {
            var at = text.Value.IndexOf(old.Value, search, StringComparison.Ordinal);
            if (at < 0)
            {
                break;
            }

            run.Make(at - from + replacement.Length + 8);
            parts.Add(text.Slice(from, at - from));
            parts.Add(replacement);
            from = at + old.Length;
            search = at + Math.Max(old.Length, 1); // an empty text is found between any two characters
        }

        parts.Add(text.Slice(from, text.Length - from));
        return MarkedText.Concat(parts);
    }

    /// <summary>Upper case, lower case, or a capital at the beginning of the text or of each word.</summary>
    public static MarkedText Cased(MarkedText text, string how)
    {
        if (how is "upper" or "lower")
        {
            return text.WithCharacters(how == "upper" ? text.Value.ToUpperInvariant() : text.Value.ToLowerInvariant());
        }

        var cased = new StringBuilder(text.Value.ToLowerInvariant());
        for (var i = 0; i < cased.Length; i++)
        {
            var begins = i == 0 || (how == "title" && !char.IsLetter(cased[i - 1]));
            cased[i] = begins ? char.ToUpper(cased[i], CultureInfo.InvariantCulture) : cased[i];
        }

        return text.WithCharacters(cased.ToString());
    }

    private static (int At, int Length) SpaceIn(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (IsSpace(text[at]))
            {
                var end = at + 1;
                while (end < text.Length && IsSpace(text[end]))
                {
                    end++;
                }

                return (at, end - at);
            }
        }

        return (-1, 0);
    }
}

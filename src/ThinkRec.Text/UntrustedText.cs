using System.Buffers;
using System.Globalization;
using System.Text;
using ThinkRec.Text.Normalization;

namespace ThinkRec.Text;

/// <summary>Cleans text that others wrote, such as item titles, before it enters a prompt or a page.</summary>
public static class UntrustedText
{
    /// <summary>Keeps what a reader can see, on one line. Removes control, format (bidirectional, zero-width, tag),
    /// private-use and unassigned characters, lone surrogates, invisible fillers and the variation selectors that
    /// can hide data; makes every run of white space one space and drops it at both ends; brings the rest to
    /// normalization form C.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="maxCharacters">UTF-16 units at most; the cut is between two text elements.</param>
    /// <returns>The cleaned text; cleaning it again changes nothing.</returns>
    /// <exception cref="ArgumentOutOfRangeException">maxCharacters is negative.</exception>
    public static string Clean(string text, int maxCharacters)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(maxCharacters);
        var longest = (4L * maxCharacters) + 64; // composing shortens four characters to one at most
        return Cut(CanonicalComposition.Normalize(KeepVisible(text, longest)), maxCharacters);
    }

    private static string KeepVisible(string text, long longest)
    {
        var builder = new StringBuilder(Math.Min(text.Length, 1024));
        var isSpacePending = false;
        for (var rest = text.AsSpan(); rest.Length > 0 && builder.Length < longest;)
        {
            var isWhole = Rune.DecodeFromUtf16(rest, out var rune, out var length) == OperationStatus.Done;
            rest = rest[length..];
            if (isWhole && Rune.IsWhiteSpace(rune))
            {
                isSpacePending = builder.Length > 0;
            }
            else if (isWhole && IsVisible(rune))
            {
                builder.Append(isSpacePending ? " " : "").Append(rune);
                isSpacePending = false;
            }
        }

        return builder.ToString();
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate => false,
        UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,
        _ => rune.Value is not (0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2800 or 0x3164 or 0xFFA0
            or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0D) or (>= 0xE0000 and <= 0xE0FFF)),
    };

    private static string Cut(string text, int maxCharacters)
    {
        if (text.Length <= maxCharacters)
        {
            return text;
        }

        var kept = 0;
        while (true)
        {
            var next = kept + StringInfo.GetNextTextElementLength(text.AsSpan(kept));
            if (next > maxCharacters)
            {
                return text[..kept].TrimEnd(' ');
            }

            kept = next;
        }
    }
}

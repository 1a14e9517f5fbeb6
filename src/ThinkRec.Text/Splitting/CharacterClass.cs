using System.Globalization;
using System.Text;

namespace ThinkRec.Text.Splitting;

/// <summary>The classes that published patterns tell apart: \p{L}, \p{N}, \s and the rest.</summary>
/// <remarks>A lone surrogate counts as U+FFFD, which is what its bytes will be.</remarks>
internal static class CharacterClass
{
    public const byte Other = 0;
    public const byte Letter = 1;
    public const byte Number = 2;
    public const byte Space = 3;
    private static readonly byte[] Classes = BuildClasses();

    /// <summary>The class of the character at a place, and its length in UTF-16 units.</summary>
    public static byte At(ReadOnlySpan<char> text, int position, out int length)
    {
        var first = text[position];
        length = 1;
        if (!char.IsHighSurrogate(first) || position + 1 >= text.Length || !char.IsLowSurrogate(text[position + 1]))
        {
            return Classes[first];
        }

        length = 2;
        return Of(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(first, text[position + 1])));
    }

    /// <summary>Where a run of one class ends, which may be where it would begin.</summary>
    public static int RunEnd(ReadOnlySpan<char> text, int position, byte kind)
    {
        while (position < text.Length && At(text, position, out var length) == kind)
        {
            position += length;
        }

        return position;
    }

    /// <summary>Where white space ends for \s+(?!\S)|\s+: before its last character when a word follows.</summary>
    public static int SpaceEnd(ReadOnlySpan<char> text, int start)
    {
        var end = RunEnd(text, start, Space);
        return end == text.Length || end - start <= 1 ? end : end - 1;
    }

    /// <summary>The character at a place; U+FFFD for a lone surrogate.</summary>
    public static Rune RuneAt(ReadOnlySpan<char> text, int position, out int length)
    {
        Rune.DecodeFromUtf16(text[position..], out var rune, out length);
        return rune;
    }

    private static byte[] BuildClasses()
    {
        var classes = new byte[char.MaxValue + 1];
        for (var i = 0; i < classes.Length; i++)
        {
            var character = (char)i;
            classes[i] = char.IsWhiteSpace(character) ? Space : Of(char.GetUnicodeCategory(character));
        }

        return classes;
    }

    private static byte Of(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
        _ => Other,
    };
}

using System.Globalization;

namespace ThinkRec.Text.Bpe;

/// <summary>Cuts text into pieces for byte-pair encoding as GPT-2's pattern does, in linear time.</summary>
/// <remarks>Source: openai/gpt-2 encoder.py,
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. A lone surrogate counts as
/// U+FFFD, which is what its bytes will be.</remarks>
internal static class WordScanner
{
    private const byte Other = 0;
    private const byte Letter = 1;
    private const byte Number = 2;
    private const byte Space = 3;
    private static readonly byte[] Classes = BuildClasses();

    /// <summary>Length in UTF-16 units of the first piece of the text, which is not empty.</summary>
    public static int NextLength(ReadOnlySpan<char> text)
    {
        var contraction = text[0] == '\'' ? ContractionLength(text) : 0;
        if (contraction > 0)
        {
            return contraction;
        }

        var start = text[0] == ' ' ? 1 : 0;
        if (start < text.Length)
        {
            var kind = ClassAt(text, start, out var length);
            if (kind != Space)
            {
                return RunEnd(text, start + length, kind);
            }
        }

        var end = RunEnd(text, 1, Space);
        return end == text.Length || end == 1 ? end : end - 1; // the last space belongs to the next word
    }

    private static int RunEnd(ReadOnlySpan<char> text, int position, byte kind)
    {
        while (position < text.Length && ClassAt(text, position, out var length) == kind)
        {
            position += length;
        }

        return position;
    }

    private static byte ClassAt(ReadOnlySpan<char> text, int position, out int length)
    {
        var first = text[position];
        length = 1;
        if (!char.IsHighSurrogate(first) || position + 1 >= text.Length || !char.IsLowSurrogate(text[position + 1]))
        {
            return Classes[first];
        }

        length = 2;
        return ClassOf(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(first, text[position + 1])));
    }

    private static int ContractionLength(ReadOnlySpan<char> text) => text.Length < 2 ? 0 : text[1] switch
    {
        's' or 't' or 'm' or 'd' => 2,
        'r' or 'v' when text.Length > 2 && text[2] == 'e' => 3,
        'l' when text.Length > 2 && text[2] == 'l' => 3,
        _ => 0,
    };

    private static byte[] BuildClasses()
    {
        var classes = new byte[char.MaxValue + 1];
        for (var i = 0; i < classes.Length; i++)
        {
            var character = (char)i;
            classes[i] = char.IsWhiteSpace(character) ? Space : ClassOf(char.GetUnicodeCategory(character));
        }

        return classes;
    }

    private static byte ClassOf(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
        _ => Other,
    };
}

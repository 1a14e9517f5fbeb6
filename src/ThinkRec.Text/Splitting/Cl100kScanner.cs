namespace ThinkRec.Text.Splitting;

/// <summary>Cuts text as the patterns of Llama 3 (three digits at most together) and Qwen (digits one by one) do, in linear time.</summary>
/// <remarks>Sources: meta-llama/llama3 tokenizer.py; the tokenizer.json of Qwen2. They differ in the numbers alone.</remarks>
/// <param name="maxDigits">Digits that stay together.</param>
internal sealed class Cl100kScanner(int maxDigits) : Splitter
{
    /// <summary>The pattern of Llama 3.</summary>
    public const string Llama3Pattern = Head + @"\p{N}{1,3}" + Tail;

    /// <summary>The pattern of Qwen2, 2.5 and 3.</summary>
    public const string QwenPattern = Head + @"\p{N}" + Tail;

    private const string Head = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string Tail = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    public override int NextEnd(ReadOnlySpan<char> text, int start)
    {
        var contraction = text[start] == '\'' ? ContractionLength(text[start..]) : 0;
        if (contraction > 0)
        {
            return start + contraction;
        }

        var kind = CharacterClass.At(text, start, out var length);
        var next = start + length;
        if (kind == CharacterClass.Letter)
        {
            return CharacterClass.RunEnd(text, next, CharacterClass.Letter);
        }

        if (kind == CharacterClass.Number)
        {
            return NumberEnd(text, next);
        }

        var following = next < text.Length ? CharacterClass.At(text, next, out length) : CharacterClass.Space;
        if (following == CharacterClass.Letter && text[start] is not ('\r' or '\n'))
        {
            return CharacterClass.RunEnd(text, next + length, CharacterClass.Letter);
        }

        if (kind == CharacterClass.Other || (text[start] == ' ' && following == CharacterClass.Other))
        {
            return LineEnd(text, CharacterClass.RunEnd(text, next, CharacterClass.Other));
        }

        return SpaceEnd(text, start);
    }

    private int NumberEnd(ReadOnlySpan<char> text, int position)
    {
        for (var digits = 1; digits < maxDigits && position < text.Length; digits++)
        {
            if (CharacterClass.At(text, position, out var length) != CharacterClass.Number)
            {
                break;
            }

            position += length;
        }

        return position;
    }

    private static int LineEnd(ReadOnlySpan<char> text, int position)
    {
        var length = text[position..].IndexOfAnyExcept('\r', '\n');
        return length < 0 ? text.Length : position + length;
    }

    private static int SpaceEnd(ReadOnlySpan<char> text, int start)
    {
        var run = text[start..CharacterClass.RunEnd(text, start, CharacterClass.Space)];
        var lineEnd = run.LastIndexOfAny('\r', '\n');
        return lineEnd >= 0 ? start + lineEnd + 1 : CharacterClass.SpaceEnd(text, start);
    }

    // U+017F, the long s, folds to s.
    private static int ContractionLength(ReadOnlySpan<char> text) => text.Length < 2 ? 0 : text[1] switch
    {
        's' or 'S' or '\u017F' or 't' or 'T' or 'm' or 'M' or 'd' or 'D' => 2,
        'r' or 'R' or 'v' or 'V' when text.Length > 2 && text[2] is 'e' or 'E' => 3,
        'l' or 'L' when text.Length > 2 && text[2] is 'l' or 'L' => 3,
        _ => 0,
    };
}

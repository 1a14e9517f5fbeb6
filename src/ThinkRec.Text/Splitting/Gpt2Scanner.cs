namespace ThinkRec.Text.Splitting;

/// <summary>Cuts text into pieces as GPT-2's pattern does, in linear time.</summary>
/// <remarks>Source: openai/gpt-2 encoder.py.</remarks>
internal sealed class Gpt2Scanner : Splitter
{
    /// <summary>The pattern.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    public override int NextEnd(ReadOnlySpan<char> text, int start) => start + NextLength(text[start..]);

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
            var kind = CharacterClass.At(text, start, out var length);
            if (kind != CharacterClass.Space)
            {
                return CharacterClass.RunEnd(text, start + length, kind);
            }
        }

        return CharacterClass.SpaceEnd(text, 0);
    }

    private static int ContractionLength(ReadOnlySpan<char> text) => text.Length < 2 ? 0 : text[1] switch
    {
        's' or 't' or 'm' or 'd' => 2,
        'r' or 'v' when text.Length > 2 && text[2] == 'e' => 3,
        'l' when text.Length > 2 && text[2] == 'l' => 3,
        _ => 0,
    };
}

using System.Globalization;
using System.Text;

namespace ThinkRec.Text.Splitting;

/// <summary>Cuts text at white space and around each punctuation mark, as BERT's basic tokenizer does.</summary>
/// <remarks>Source: google-research/bert tokenization.py. White space comes as pieces of its own.</remarks>
internal sealed class BertSplitter : Splitter
{
    /// <inheritdoc/>
    public override int NextEnd(ReadOnlySpan<char> text, int start)
    {
        var first = CharacterClass.RuneAt(text, start, out var length);
        var end = start + length;
        if (IsPunctuation(first))
        {
            return end;
        }

        var isSpace = Rune.IsWhiteSpace(first);
        while (end < text.Length)
        {
            var rune = CharacterClass.RuneAt(text, end, out length);
            if (Rune.IsWhiteSpace(rune) != isSpace || IsPunctuation(rune))
            {
                break;
            }

            end += length;
        }

        return end;
    }

    private static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? char.IsAsciiLetterOrDigit((char)rune.Value) is false && rune.Value is > ' ' and < 0x7F
        : Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
}

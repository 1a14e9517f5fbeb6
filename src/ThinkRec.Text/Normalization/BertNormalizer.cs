using System.Globalization;
using System.Text;

namespace ThinkRec.Text.Normalization;

/// <summary>Cleans text as BERT's basic tokenizer does.</summary>
/// <remarks>Source: google-research/bert tokenization.py.</remarks>
/// <param name="cleans">Whether control characters go and white space becomes spaces.</param>
/// <param name="spacesIdeographs">Whether each Chinese character stands alone.</param>
internal sealed class BertNormalizer(bool cleans, bool spacesIdeographs) : Normalizer
{
    /// <inheritdoc/>
    public override string Apply(string text, TextPlace place)
    {
        var builder = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (cleans && Rune.IsWhiteSpace(rune))
            {
                builder.Append(' ');
            }
            else if (spacesIdeographs && IsIdeograph(rune.Value))
            {
                builder.Append(' ').Append(rune).Append(' ');
            }
            else if (!cleans || !IsRemoved(rune))
            {
                builder.Append(rune);
            }
        }

        return builder.ToString();
    }

    private static bool IsRemoved(Rune rune) => rune.Value is 0 or 0xFFFD || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static bool IsIdeograph(int value) => value is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F)
        or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}

using System.Globalization;
using System.Text;

namespace ThinkRec.Text.Normalization;

/// <summary>A change that does not ask what stands before the text.</summary>
/// <param name="change">The change; what it is given may hold lone surrogates.</param>
internal sealed class TextNormalizer(Func<string, string> change) : Normalizer
{
    /// <summary>Normalization form C.</summary>
    public static TextNormalizer FormC { get; } = new(text => CanonicalComposition.Normalize(Whole(text)));

    /// <summary>Normalization form D.</summary>
    public static TextNormalizer FormD { get; } = new(text => CanonicalComposition.Decompose(Whole(text)));

    /// <summary>Small letters, character by character.</summary>
    public static TextNormalizer Lowercase { get; } = new(text => text.ToLowerInvariant());

    /// <summary>Leaves out combining marks that take no place of their own.</summary>
    public static TextNormalizer WithoutMarks { get; } = new(RemoveMarks);

    /// <summary>Form D without combining marks.</summary>
    public static TextNormalizer WithoutAccents { get; } = new(text => RemoveMarks(CanonicalComposition.Decompose(Whole(text))));

    /// <summary>One space for several, and none at the ends.</summary>
    public static TextNormalizer SingleSpaces { get; } =
        new(text => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    /// <summary>Writes one text for another.</summary>
    public static TextNormalizer Replacing(string old, string fresh) => new(text => text.Replace(old, fresh, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override string Apply(string text, TextPlace place) => change(text);

    private static string RemoveMarks(string text)
    {
        var builder = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
            {
                builder.Append(rune);
            }
        }

        return builder.ToString();
    }

    private static string Whole(string text)
    {
        for (var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            }
        }

        return text;
    }
}

namespace ThinkRec.Text.Normalization;

/// <summary>Puts a space, or the mark that stands for one, before a text that is not empty, so that its first word is one like the others.</summary>
/// <param name="prefix">The space or mark.</param>
/// <param name="unlessThere">Whether a text that begins with it gets no other.</param>
/// <param name="onlyAtStart">Whether a text after an added token gets none.</param>
internal sealed class PrefixNormalizer(string prefix, bool unlessThere, bool onlyAtStart) : Normalizer
{
    /// <inheritdoc/>
    public override string Apply(string text, TextPlace place) =>
        text.Length == 0 || place == TextPlace.Within || (onlyAtStart && place != TextPlace.Start)
        || (unlessThere && text.StartsWith(prefix, StringComparison.Ordinal))
            ? text
            : prefix + text;
}

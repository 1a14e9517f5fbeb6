namespace ThinkRec.Text.Splitting;

/// <summary>Keeps numbers apart from the rest, digit by digit or as whole runs.</summary>
internal sealed class DigitSplitter(bool oneByOne) : Splitter
{
    /// <inheritdoc/>
    public override int NextEnd(ReadOnlySpan<char> text, int start)
    {
        var isNumber = CharacterClass.At(text, start, out var length) == CharacterClass.Number;
        var end = start + length;
        while (end < text.Length && !(isNumber && oneByOne)
            && (CharacterClass.At(text, end, out length) == CharacterClass.Number) == isNumber)
        {
            end += length;
        }

        return end;
    }
}

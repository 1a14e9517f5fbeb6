namespace ThinkRec.Text.Splitting;

/// <summary>Begins a piece at each mark of a word's start, such as U+2581.</summary>
/// <param name="mark">The mark.</param>
/// <param name="keepsRuns">Whether marks in a row stay together with the word after them.</param>
internal sealed class MarkSplitter(char mark, bool keepsRuns) : Splitter
{
    /// <inheritdoc/>
    public override int NextEnd(ReadOnlySpan<char> text, int start)
    {
        var from = start + 1;
        while (keepsRuns && from < text.Length && text[from] == mark && text[from - 1] == mark)
        {
            from++;
        }

        var length = text[from..].IndexOf(mark);
        return length < 0 ? text.Length : from + length;
    }
}

namespace ThinkRec.Text.Splitting;

/// <summary>Cuts text into pieces that a model encodes one by one. The pieces together are the text.</summary>
internal abstract class Splitter
{
    /// <summary>Where the piece that begins at a place ends.</summary>
    /// <param name="text">The whole text, of which earlier pieces end at start.</param>
    /// <param name="start">Below the text's length.</param>
    /// <returns>More than start, at most the text's length, and never within a surrogate pair.</returns>
    public abstract int NextEnd(ReadOnlySpan<char> text, int start);
}

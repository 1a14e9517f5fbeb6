namespace ThinkRec.Text.Bpe;

/// <summary>Gives the tokens of one piece of text. Immutable.</summary>
internal abstract class WordModel
{
    /// <summary>Appends the ids of a piece that is not empty.</summary>
    public abstract void Encode(ReadOnlySpan<char> word, List<int> destination);
}

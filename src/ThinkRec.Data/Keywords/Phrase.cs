namespace ThinkRec.Data.Keywords;

/// <summary>One to three words in a row, by the numbers of their stems; the places that are not used are -1.</summary>
internal readonly record struct Phrase(int First, int Second = -1, int Third = -1)
{
    /// <summary>The order in which the catalogue first has the words: the same for the same catalogue.</summary>
    public static IComparer<Phrase> ByNumbers { get; } = Comparer<Phrase>.Create(
        (one, other) => (one.First, one.Second, one.Third).CompareTo((other.First, other.Second, other.Third)));

    public int Length => Second < 0 ? 1 : Third < 0 ? 2 : 3;
}

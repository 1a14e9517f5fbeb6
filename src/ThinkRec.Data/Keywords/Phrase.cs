namespace ThinkRec.Data.Keywords;

/// <summary>One to three words in a row, by the numbers of their stems; the places that are not used are -1.</summary>
internal readonly record struct Phrase(int First, int Second = -1, int Third = -1)
{
    public int Length => Second < 0 ? 1 : Third < 0 ? 2 : 3;
}

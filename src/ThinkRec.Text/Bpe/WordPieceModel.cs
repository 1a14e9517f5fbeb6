namespace ThinkRec.Text.Bpe;

/// <summary>Takes the longest entry again and again; a word that cannot be made of entries is unknown as a whole.</summary>
/// <remarks>Source: google-research/bert tokenization.py.</remarks>
internal sealed class WordPieceModel : WordModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _firsts;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _others;
    private readonly int _unknownId;
    private readonly int _maxCharacters;

    /// <summary>Makes a model.</summary>
    /// <param name="firsts">Entries that begin a word.</param>
    /// <param name="others">Entries that go on within one, without their mark.</param>
    /// <param name="unknownId">For a word that cannot be made of entries.</param>
    /// <param name="maxCharacters">A longer word is unknown.</param>
    public WordPieceModel(Dictionary<string, int> firsts, Dictionary<string, int> others, int unknownId, int maxCharacters)
    {
        (_unknownId, _maxCharacters) = (unknownId, maxCharacters);
        _firsts = firsts.GetAlternateLookup<ReadOnlySpan<char>>();
        _others = others.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> word, List<int> destination)
    {
        if (word.IsWhiteSpace())
        {
            return;
        }

        var start = destination.Count;
        var isTooLong = word.Length > _maxCharacters && CountRunes(word) > _maxCharacters;
        for (var at = 0; at < word.Length;)
        {
            var length = isTooLong ? 0 : Longest(word[at..], at == 0 ? _firsts : _others, destination);
            if (length == 0)
            {
                destination.RemoveRange(start, destination.Count - start);
                destination.Add(_unknownId);
                return;
            }

            at += length;
        }
    }

    private static int Longest(
        ReadOnlySpan<char> rest, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> entries, List<int> destination)
    {
        for (var length = rest.Length; length > 0; length--)
        {
            if (entries.TryGetValue(rest[..length], out var id))
            {
                destination.Add(id);
                return length;
            }
        }

        return 0;
    }

    private static int CountRunes(ReadOnlySpan<char> word)
    {
        var count = 0;
        foreach (var _ in word.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}

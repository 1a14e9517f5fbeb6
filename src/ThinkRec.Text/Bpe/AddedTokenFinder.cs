using System.Buffers;

namespace ThinkRec.Text.Bpe;

/// <summary>Finds added tokens by name in text of our own; where several begin at one place, the longest.</summary>
/// <remarks>Differs from Hugging Face: tokens that are marked as normalized are looked for in the text as it is written, too.</remarks>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Dictionary<char, int[]> _lengths; // by first character, longest first
    private readonly SearchValues<char> _firsts;
    private readonly Vocabulary _vocabulary;

    /// <summary>Takes the added tokens of a vocabulary.</summary>
    public AddedTokenFinder(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
        {
            if (vocabulary.Tokens[id] is { IsAdded: true } token)
            {
                _ids.Add(token.Spelling, id);
            }
        }

        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengths = _ids.Keys.GroupBy(content => content[0])
            .ToDictionary(group => group.Key, group => group.Select(content => content.Length).Distinct().OrderDescending().ToArray());
        _firsts = SearchValues.Create([.. _lengths.Keys]);
    }

    /// <summary>The next added token from a place on; null when there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where to begin; nothing before is taken.</param>
    /// <param name="counts">Whether a name counts, told its place and id; null when every one does.</param>
    /// <returns>The place that the token takes, with the white space it swallows, and its id.</returns>
    public (int Start, int End, int Id)? Next(ReadOnlySpan<char> text, int from, Func<int, int, int, bool>? counts = null)
    {
        for (var at = from; at < text.Length; at++)
        {
            var skipped = text[at..].IndexOfAny(_firsts);
            if (skipped < 0)
            {
                return null;
            }

            at += skipped;
            foreach (var length in _lengths[text[at]])
            {
                if (length <= text.Length - at && _lookup.TryGetValue(text.Slice(at, length), out var id) && counts?.Invoke(at, at + length, id) != false
                    && Fit(text, from, at, at + length, _vocabulary.Tokens[id]!.Edges) is { } place)
                {
                    return (place.Start, place.End, id);
                }
            }
        }

        return null;
    }

    private static (int Start, int End)? Fit(ReadOnlySpan<char> text, int from, int start, int end, TokenEdges edges)
    {
        var isWithinWord = (start > 0 && IsWord(text[start - 1])) || (end < text.Length && IsWord(text[end]));
        if (edges.HasFlag(TokenEdges.SingleWord) && isWithinWord)
        {
            return null;
        }

        while (edges.HasFlag(TokenEdges.StripsLeft) && start > from && char.IsWhiteSpace(text[start - 1]))
        {
            start--;
        }

        while (edges.HasFlag(TokenEdges.StripsRight) && end < text.Length && char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        return (start, end);
    }

    private static bool IsWord(char character) => char.IsLetterOrDigit(character) || character == '_';
}

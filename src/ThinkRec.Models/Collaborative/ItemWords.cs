using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>The words by which items are known: each keyword as a whole, and the words of titles.</summary>
public sealed class ItemWords
{
    /// <summary>At most so many words of an item are read.</summary>
    public const int MaxPerItem = 16;

    private const char KeywordMark = '#';
    private const int MaxVocabulary = 8192;
    private const int MaxWordLength = 64;
    private readonly long[][] _words;

    /// <summary>Looks the words of a dataset's items up in a vocabulary.</summary>
    /// <param name="vocabulary">Distinct words; a word's number is its place here plus one, 0 being padding.</param>
    /// <param name="items">Texts by item index.</param>
    public ItemWords(IReadOnlyList<string> vocabulary, IReadOnlyList<ItemText> items)
    {
        Vocabulary = vocabulary;
        Dictionary<string, long> numbers = vocabulary.Select((word, i) => (word, i)).ToDictionary(p => p.word, p => p.i + 1L, StringComparer.Ordinal);
        _words = [.. items.Select(item => WordsOf(item).Select(word => numbers.GetValueOrDefault(word)).Where(n => n > 0).Take(MaxPerItem).ToArray())];
    }

    /// <summary>The words.</summary>
    public IReadOnlyList<string> Vocabulary { get; }

    /// <summary>The numbers of the words that are keywords, in the vocabulary's order.</summary>
    internal IEnumerable<long> Keywords => Enumerable.Range(0, Vocabulary.Count).Where(i => Vocabulary[i].StartsWith(KeywordMark)).Select(i => i + 1L);

    /// <summary>Collects the words that at least two items share: a word of one item says no more than the item's own vector.</summary>
    /// <param name="items">Texts by item index.</param>
    /// <returns>The words and where they occur.</returns>
    public static ItemWords Collect(IReadOnlyList<ItemText> items)
    {
        string[] vocabulary = [.. items.SelectMany(WordsOf).GroupBy(word => word, StringComparer.Ordinal)
            .Where(group => group.Skip(1).Any())
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Take(MaxVocabulary).Select(group => group.Key)];
        return new ItemWords(vocabulary, items);
    }

    /// <summary>The numbers of an item's words.</summary>
    /// <param name="item">Item index.</param>
    /// <returns>At most <see cref="MaxPerItem"/>.</returns>
    public IReadOnlyList<long> Of(long item) => _words[item];

    private static IEnumerable<string> WordsOf(ItemText item) =>
        item.Keywords.Select(keyword => $"{KeywordMark}{keyword.ToLowerInvariant()}").Concat(TitleWords(item.Title)).Where(word => word.Length <= MaxWordLength).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> TitleWords(string title)
    {
        string lower = title.ToLowerInvariant();
        int start = 0;
        for (int i = 0; i <= lower.Length; i++)
        {
            if (i < lower.Length && char.IsLetterOrDigit(lower[i]))
            {
                continue;
            }

            if (i > start)
            {
                yield return lower[start..i];
            }

            start = i + 1;
        }
    }
}

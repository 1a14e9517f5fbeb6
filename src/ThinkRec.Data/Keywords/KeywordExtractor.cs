using System.Runtime.InteropServices;

namespace ThinkRec.Data.Keywords;

/// <summary>Finds keywords in titles and descriptions without a model: phrases that say most about an item and that other items share.</summary>
/// <remarks>
/// A keyword connects a candidate with a history only where both have it. So a phrase weighs by how rare it is (ln(N / items)), as in tf-idf, and by the share of the items
/// with it that are others, (items − 1) / (items + 5): one of a single item weighs nothing. One pass over the catalogue for words, two for phrases, one to choose; time and
/// memory grow with the words that are read.
/// </remarks>
public sealed class KeywordExtractor
{
    private const double Saturation = 1.2;      // BM25's k1 and b
    private const double LengthShare = 0.5;
    private const double TitleWeight = 2.5;
    private const double NameWeight = 0.25;      // of single words that are always capitalised, such as the names of people
    private const double NameFrom = 0.6;
    private const double Sharing = 5;           // items until a phrase has about half the weight that others having it too can give
    private const double LeastAbout = 0.4;      // of a word that comes once wherever it comes
    private const int CandidatesPerKeyword = 6;
    private const double MaxShare = 0.2;        // of the catalogue; what more items have tells them from nothing
    private const int FewItems = 10;            // so many may always share

    private readonly CatalogueWords _catalogue;
    private readonly PhraseTable _phrases;
    private readonly IReadOnlyList<int> _max;   // by item
    private readonly int _minItems;
    private readonly int _mostItems;
    private readonly double _meanLength;

    private KeywordExtractor(CatalogueWords catalogue, IReadOnlyList<int> max, int minItems)
    {
        (_catalogue, _max, _minItems) = (catalogue, max, minItems);
        _phrases = new PhraseTable(catalogue, minItems);
        var items = catalogue.Count - 1;
        _mostItems = Math.Max(FewItems, (int)(items * MaxShare));
        _meanLength = Math.Max(1, Enumerable.Range(1, items).Sum(item => (double)catalogue.WordsOf(item).Length) / Math.Max(1, items));
    }

    /// <summary>Finds the keywords of all items. The same texts give the same keywords in the same order.</summary>
    /// <param name="texts">By item index; entry 0 is padding. Keywords that are there are read as a title is.</param>
    /// <param name="max">Keywords of an item at most.</param>
    /// <param name="minItems">Items that must share a keyword.</param>
    /// <returns>Keywords by item index, the weightiest first; some items may have few or none.</returns>
    public static string[][] Extract(IReadOnlyList<ItemText> texts, int max = 10, int minItems = 2)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        return Extract(texts, [.. Enumerable.Repeat(max, texts.Count)], minItems);
    }

    /// <summary>Finds the keywords of all items, more of some than of others.</summary>
    /// <param name="texts">By item index; entry 0 is padding.</param>
    /// <param name="max">Keywords of each item at most; 0 for none.</param>
    /// <param name="minItems">Items that must share a keyword.</param>
    /// <returns>As above.</returns>
    public static string[][] Extract(IReadOnlyList<ItemText> texts, IReadOnlyList<int> max, int minItems = 2)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(max);
        ArgumentOutOfRangeException.ThrowIfNotEqual(max.Count, texts.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(minItems, 1);
        return texts.Count < 2 ? [.. texts.Select(_ => Array.Empty<string>())] : new KeywordExtractor(CatalogueWords.Read(texts), max, minItems).Run();
    }

    private string[][] Run()
    {
        var candidates = new Phrase[_catalogue.Count][];
        candidates[0] = [];
        for (var item = 1; item < candidates.Length; item++)
        {
            candidates[item] = Rank(item);
        }
        var rarestFirst = Comparer<Phrase>.Create((one, other) => _phrases.ItemsWith(one).CompareTo(_phrases.ItemsWith(other)) is not 0 and var difference
            ? difference
            : Phrase.ByNumbers.Compare(one, other));
        var chosen = new SharedChoice(candidates, _max, _minItems, StemsOf, rarestFirst).Run();
        var words = Spell(chosen);
        return [.. chosen.Select(phrases => phrases.Select(phrase => words[phrase]).ToArray())];
    }

    private Phrase[] Rank(int item)
    {
        var frequencies = new Dictionary<Phrase, double>();
        var titleEnd = _catalogue.TitleEndOf(item);
        _phrases.Visit(item, (phrase, place, _) =>
            CollectionsMarshal.GetValueRefOrAddDefault(frequencies, phrase, out var _) += place < titleEnd ? TitleWeight : 1);
        var length = Saturation * (1 - LengthShare + (LengthShare * _catalogue.WordsOf(item).Length / _meanLength));
        return
        [
            .. frequencies
                .Select(entry => (Phrase: entry.Key, Weight: Math.Round(WeightOf(entry.Key) * entry.Value * (Saturation + 1) / (entry.Value + length), 9)))
                .Where(entry => entry.Weight > 0)
                .OrderByDescending(entry => entry.Weight).ThenBy(entry => entry.Phrase, Phrase.ByNumbers)
                .Select(entry => entry.Phrase).Take(_max[item] * CandidatesPerKeyword),
        ];
    }

    private double WeightOf(Phrase phrase)
    {
        double items = _phrases.ItemsWith(phrase);
        if (items < 2 || items > _mostItems)
        {
            return 0;
        }
        var weight = Math.Log((_catalogue.Count - 1) / items) * (items - 1) / (items + Sharing);
        if (phrase.Length > 1)
        {
            return weight * (1 + _phrases.CohesionOf(phrase));
        }
        if (StopWords.NeedsCompany(_catalogue.Table[phrase.First]))
        {
            return 0;
        }
        var isName = _catalogue.Table.CapitalShare(phrase.First) > NameFrom;
        return weight * EnglishEndings.NounShare(_catalogue.Table[phrase.First]) * (isName ? NameWeight : 1)
            * (LeastAbout + Math.Min(1, 2 * Math.Log(_phrases.PlacesPerItem(phrase.First))));
    }

    private int[] StemsOf(Phrase phrase) => [.. new[] { phrase.First, phrase.Second, phrase.Third }.Where(stem => stem >= 0 && _catalogue.Table.HasContent(stem))];

    /// <summary>Writes each phrase as most of its places in the catalogue do.</summary>
    private Dictionary<Phrase, string> Spell(Phrase[][] chosen)
    {
        var spellings = new Dictionary<Phrase, Dictionary<string, int>>();
        for (var item = 1; item < chosen.Length; item++)
        {
            var wanted = chosen[item];
            var at = item;
            _phrases.Visit(item, (phrase, place, length) =>
            {
                if (Array.IndexOf(wanted, phrase) < 0)
                {
                    return;
                }
                ref var ofPhrase = ref CollectionsMarshal.GetValueRefOrAddDefault(spellings, phrase, out _);
                ofPhrase ??= new(StringComparer.Ordinal);
                var words = _catalogue.WordsOf(at).Slice(place, length);
                CollectionsMarshal.GetValueRefOrAddDefault(ofPhrase, Text(words), out _)++;
            });
        }
        return spellings.ToDictionary(
            entry => entry.Key,
            entry => entry.Value.OrderByDescending(spelling => spelling.Value).ThenBy(spelling => spelling.Key, StringComparer.Ordinal).First().Key);
    }

    private string Text(ReadOnlySpan<int> words)
    {
        var text = _catalogue.Table[words[0]];
        foreach (var word in words[1..])
        {
            text += " " + _catalogue.Table[word];
        }
        return text;
    }
}

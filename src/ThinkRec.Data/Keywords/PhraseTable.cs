using System.Runtime.InteropServices;

namespace ThinkRec.Data.Keywords;

/// <summary>Knows how many items have a word, and which words in a row belong together.</summary>
internal sealed class PhraseTable
{
    private const double LeastCohesion = 0.4;
    private const int UsualItems = 5;           // with one place each, added to every word, as little is known of rare ones
    private const int MaxCounted = 4_000_000;   // pairs in memory; the rarest are forgotten first

    private readonly CatalogueWords _catalogue;
    private readonly int _minItems;
    private readonly int _joint;                // "of", which joins two words to one phrase
    private readonly int[] _itemsWithStem;
    private readonly int[] _placesOfStem;
    private readonly Dictionary<Phrase, int> _itemsWith = [];

    public PhraseTable(CatalogueWords catalogue, int minItems)
    {
        (_catalogue, _minItems) = (catalogue, minItems);
        _joint = catalogue.Table.NumberOf("of");
        (_itemsWithStem, _placesOfStem) = CountStems();
        Keep(Count(Pairs));
        Keep(Count(Triples));
    }

    private delegate void PhraseSource(ReadOnlySpan<int> words, Action<Phrase> visit);

    /// <summary>Items that have a phrase.</summary>
    public int ItemsWith(Phrase phrase) => phrase.Length == 1 ? _itemsWithStem[phrase.First] : _itemsWith.GetValueOrDefault(phrase);

    /// <summary>How often a word comes in an item that has it. What an item is about is said again; what is only said by the way is not.</summary>
    public double PlacesPerItem(int stem) => (_placesOfStem[stem] + UsualItems) / (_itemsWithStem[stem] + (double)UsualItems);

    /// <summary>How much more often the words are in a row than chance would have it: 1 always, 0 by chance; 0 for one word.</summary>
    public double CohesionOf(Phrase phrase) => phrase switch
    {
        { Length: 1 } => 0,
        { Length: 2 } => Cohesion(ItemsWith(phrase), _itemsWithStem[phrase.First], _itemsWithStem[phrase.Second]),
        _ when phrase.Second == _joint => Cohesion(ItemsWith(phrase), _itemsWithStem[phrase.First], _itemsWithStem[phrase.Third]),
        _ => Math.Min(
            Cohesion(ItemsWith(phrase), ItemsWith(new(phrase.First, phrase.Second)), _itemsWithStem[phrase.Third]),
            Cohesion(ItemsWith(phrase), _itemsWithStem[phrase.First], ItemsWith(new(phrase.Second, phrase.Third)))),
    };

    /// <summary>Parts an item's words into phrases that do not overlap, each as long as can be.</summary>
    /// <param name="item">The item.</param>
    /// <param name="visit">Told phrase, first place and number of places.</param>
    public void Visit(int item, Action<Phrase, int, int> visit)
    {
        var words = _catalogue.WordsOf(item);
        for (var place = 0; place < words.Length;)
        {
            var phrase = LongestAt(words, place);
            if (phrase.First >= 0)
            {
                visit(phrase, place, phrase.Length);
            }
            place += phrase.Length;
        }
    }

    private Phrase LongestAt(ReadOnlySpan<int> words, int place)
    {
        var (first, second, third) = (_catalogue.StemAt(words, place), _catalogue.StemAt(words, place + 1), _catalogue.StemAt(words, place + 2));
        if (first < 0)
        {
            return new(-1);
        }
        if (third >= 0 && new Phrase(first, second >= 0 ? second : JointAt(words, place + 1), third) is { Second: >= 0 } three && _itemsWith.ContainsKey(three))
        {
            return three;
        }
        return second >= 0 && new Phrase(first, second) is var two && _itemsWith.ContainsKey(two) ? two : new(first);
    }

    private int JointAt(ReadOnlySpan<int> words, int place) => words[place] == _joint ? _joint : -1;

    private (int[] Items, int[] Places) CountStems()
    {
        var counts = new int[_catalogue.Table.Count];
        var (places, lastItem) = (new int[counts.Length], new int[counts.Length]);
        for (var item = 1; item < _catalogue.Count; item++)
        {
            var words = _catalogue.WordsOf(item);
            for (var place = 0; place < words.Length; place++)
            {
                if (_catalogue.StemAt(words, place) is >= 0 and var stem)
                {
                    places[stem]++;
                    (lastItem[stem], counts[stem]) = (item, counts[stem] + (lastItem[stem] == item ? 0 : 1));
                }
            }
        }
        return (counts, places);
    }

    private void Pairs(ReadOnlySpan<int> words, Action<Phrase> visit)
    {
        for (var place = 0; place + 1 < words.Length; place++)
        {
            var (first, second) = (_catalogue.StemAt(words, place), _catalogue.StemAt(words, place + 1));
            if (IsFrequent(first) && IsFrequent(second) && first != second)
            {
                visit(new(first, second));
            }
        }
    }

    // A triple is as frequent as its pairs at most, so that pairs which were dropped need not be looked at again.
    private void Triples(ReadOnlySpan<int> words, Action<Phrase> visit)
    {
        for (var place = 0; place + 2 < words.Length; place++)
        {
            var (first, second, third) = (_catalogue.StemAt(words, place), _catalogue.StemAt(words, place + 1), _catalogue.StemAt(words, place + 2));
            if (!IsFrequent(first) || !IsFrequent(third) || first == third)
            {
                continue;
            }
            if (second < 0 ? JointAt(words, place + 1) >= 0 : _itemsWith.ContainsKey(new(first, second)) && _itemsWith.ContainsKey(new(second, third)))
            {
                visit(new(first, second < 0 ? _joint : second, third));
            }
        }
    }

    private bool IsFrequent(int stem) => stem >= 0 && _itemsWithStem[stem] >= _minItems;

    private Dictionary<Phrase, int> Count(PhraseSource source)
    {
        var counts = new Dictionary<Phrase, int>();
        var ofItem = new HashSet<Phrase>();
        var forgotten = 0;
        for (var item = 1; item < _catalogue.Count; item++)
        {
            ofItem.Clear();
            source(_catalogue.WordsOf(item), phrase => ofItem.Add(phrase));
            foreach (var phrase in ofItem)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, phrase, out _)++;
            }
            if (counts.Count > MaxCounted)
            {
                forgotten++;
                foreach (var (phrase, count) in counts)
                {
                    if (count <= forgotten)
                    {
                        counts.Remove(phrase);
                    }
                }
            }
        }
        return counts;
    }

    private void Keep(Dictionary<Phrase, int> counts)
    {
        foreach (var (phrase, count) in counts.Where(entry => entry.Value >= _minItems))
        {
            _itemsWith[phrase] = count;
            if (CohesionOf(phrase) < LeastCohesion)
            {
                _itemsWith.Remove(phrase);
            }
        }
    }

    private double Cohesion(int together, int one, int other)
    {
        double total = _catalogue.Count - 1;
        return together == 0 || one == 0 || other == 0 ? 0
            : together >= total ? 1
            : Math.Log(together * total / ((double)one * other)) / -Math.Log(together / total);
    }
}

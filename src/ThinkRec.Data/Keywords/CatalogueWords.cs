namespace ThinkRec.Data.Keywords;

/// <summary>The words of all items, as numbers.</summary>
internal sealed class CatalogueWords
{
    private const int MaxCharacters = 16_000;   // of one text
    private const int MaxWords = 1_500;         // of an item

    private readonly int[][] _words;
    private readonly int[] _titleEnds;

    private CatalogueWords(WordTable table, int[][] words, int[] titleEnds) => (Table, _words, _titleEnds) = (table, words, titleEnds);

    /// <summary>The words behind the numbers.</summary>
    public WordTable Table { get; }

    /// <summary>Items, padding included.</summary>
    public int Count => _words.Length;

    /// <summary>Reads titles, keywords and descriptions, each up to a bound.</summary>
    /// <param name="texts">By item index.</param>
    public static CatalogueWords Read(IReadOnlyList<ItemText> texts)
    {
        var table = new WordTable();
        var scanner = new WordScanner(table);
        var (words, titleEnds) = (new int[texts.Count][], new int[texts.Count]);
        var buffer = new List<int>();
        for (var item = 0; item < texts.Count; item++)
        {
            buffer.Clear();
            scanner.Scan(texts[item].Title, MaxCharacters, buffer, MaxWords, notesCase: false);
            foreach (var keyword in texts[item].Keywords)
            {
                scanner.Scan(keyword, MaxCharacters, buffer, MaxWords, notesCase: false);
            }
            titleEnds[item] = buffer.Count;
            scanner.Scan(texts[item].Description, MaxCharacters, buffer, MaxWords, notesCase: true);
            words[item] = [.. buffer];
        }
        return new CatalogueWords(table, words, titleEnds);
    }

    /// <summary>An item's words and breaks: title, keywords, description.</summary>
    public ReadOnlySpan<int> WordsOf(int item) => _words[item];

    /// <summary>Where an item's description begins.</summary>
    public int TitleEndOf(int item) => _titleEnds[item];

    /// <summary>The stem of the word at a place; -1 where there is a break, or a word that is in no keyword.</summary>
    public int StemAt(ReadOnlySpan<int> words, int place) =>
        (uint)place < (uint)words.Length && words[place] is >= 0 and var word && Table.HasContent(word) ? Table.StemOf(word) : -1;
}

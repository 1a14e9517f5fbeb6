using System.Runtime.InteropServices;
using System.Text;

namespace ThinkRec.Data.Keywords;

/// <summary>Numbers the words of a catalogue, and knows which of them are one word in singular and plural.</summary>
internal sealed class WordTable
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private readonly List<Word> _words = [];

    public WordTable() => _bySpan = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Words so far; numbers are below.</summary>
    public int Count => _words.Count;

    /// <summary>A word in lower case.</summary>
    public string this[int word] => _words[word].Text;

    /// <summary>The number that singular and plural share.</summary>
    public int StemOf(int word) => _words[word].Stem;

    /// <summary>Whether it can be in a keyword.</summary>
    public bool HasContent(int word) => _words[word].HasContent;

    /// <summary>The share of a word's places inside sentences where it begins with a capital letter; 0 where there are none.</summary>
    public double CapitalShare(int stem) => _words[stem] is { Inside: > 0 } word ? (double)word.Capital / word.Inside : 0;

    /// <summary>The number of a word.</summary>
    /// <param name="word">In lower case.</param>
    public int NumberOf(ReadOnlySpan<char> word)
    {
        if (_bySpan.TryGetValue(word, out var number))
        {
            return number;
        }
        var text = word.ToString();
        number = _words.Count;
        _numbers.Add(text, number);
        var hasContent = IsContent(text);
        _words.Add(new Word(text, number, hasContent));
        if (hasContent && EnglishEndings.WithoutPlural(text) is var stem && stem != text)
        {
            _words[number] = _words[number] with { Stem = NumberOf(stem) };
        }
        return number;
    }

    /// <summary>Notes how a word begins inside a sentence.</summary>
    public void NoteCase(int word, bool isCapital)
    {
        ref var stem = ref CollectionsMarshal.AsSpan(_words)[StemOf(word)];
        stem = stem with { Inside = stem.Inside + 1, Capital = stem.Capital + (isCapital ? 1 : 0) };
    }

    // Two letters are a word where writing has no alphabet; numbers alone say nothing.
    private static bool IsContent(string word) => word.EnumerateRunes().Any(Rune.IsLetter) && (word.Length > 2 || (word.Length == 2 && word[0] >= '\u1100')) && !StopWords.Contains(word);

    private readonly record struct Word(string Text, int Stem, bool HasContent, int Inside = 0, int Capital = 0);
}

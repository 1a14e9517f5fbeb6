using System.Globalization;
using System.Text;

namespace ThinkRec.Data.Keywords;

/// <summary>Takes texts apart into numbered words, with <see cref="Break"/> where no phrase goes across.</summary>
/// <param name="table">Numbers the words.</param>
internal sealed class WordScanner(WordTable table)
{
    /// <summary>Stands between words that belong to two phrases.</summary>
    public const int Break = -1;

    private const int MaxWordLength = 30;
    private const int MaxHanLength = 4;   // a longer run is a sentence, and nothing here knows where its words end

    private readonly char[] _word = new char[MaxWordLength];
    private int _length;
    private bool _isTooLong;
    private Writing _writing;
    private bool _beginsCapital;
    private bool _isSentenceStart;

    private enum Writing
    {
        Spaced,
        Han,
        Katakana,
        Unspaced,   // words follow each other without a space, and only a dictionary parts them
    }

    /// <summary>Adds the words of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxCharacters">Characters that are read; what is behind them is not.</param>
    /// <param name="words">Gets the words, and a break at the end.</param>
    /// <param name="maxWords">Words and breaks in all, at most.</param>
    /// <param name="notesCase">Whether capital letters inside sentences mean something.</param>
    public void Scan(string text, int maxCharacters, List<int> words, int maxWords, bool notesCase)
    {
        _isSentenceStart = true;
        foreach (var rune in TableFile.Cut(text, maxCharacters).EnumerateRunes())
        {
            if (words.Count >= maxWords)
            {
                break;
            }
            if (IsLetter(rune))
            {
                var writing = WritingOf(rune.Value);
                if (_length > 0 && writing != _writing)
                {
                    EndWord(words, notesCase);
                }
                Append(rune, writing);
            }
            else if (!IsInsideWord(rune))
            {
                EndWord(words, notesCase);
                Part(rune, words);
            }
        }
        EndWord(words, notesCase);
        AddBreak(words);
    }

    private static bool IsLetter(Rune rune) => rune.IsAscii ? char.IsAsciiLetterOrDigit((char)rune.Value) : Rune.IsLetterOrDigit(rune);

    // Marks over the letter before them, and what no reader sees.
    private bool IsInsideWord(Rune rune)
    {
        if (rune.IsAscii)
        {
            return false;
        }
        var category = Rune.GetUnicodeCategory(rune);
        if (category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark && _length > 0)
        {
            Append(rune, _writing);
        }
        return category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.Format;
    }

    private static Writing WritingOf(int rune) => rune switch
    {
        < 0x0E00 => Writing.Spaced,
        <= 0x0EFF or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0x3040 and <= 0x309F) => Writing.Unspaced,
        >= 0x30A0 and <= 0x30FF => Writing.Katakana,
        (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF) => Writing.Han,
        _ => Writing.Spaced,
    };

    private void Append(Rune rune, Writing writing)
    {
        if (_length == 0)
        {
            (_writing, _beginsCapital) = (writing, Rune.IsUpper(rune));
        }
        if (_length + 2 > MaxWordLength)
        {
            _isTooLong = true;
            return;
        }
        _length += Rune.ToLowerInvariant(rune).EncodeToUtf16(_word.AsSpan(_length));
    }

    private void EndWord(List<int> words, bool notesCase)
    {
        if (_length == 0)
        {
            return;
        }
        if (_isTooLong || _writing == Writing.Unspaced || (_writing == Writing.Han && _length > MaxHanLength))
        {
            AddBreak(words);
        }
        else
        {
            var word = table.NumberOf(_word.AsSpan(0, _length));
            words.Add(word);
            if (notesCase && !_isSentenceStart)
            {
                table.NoteCase(word, _beginsCapital);
            }
        }
        (_length, _isTooLong, _isSentenceStart) = (0, false, false);
    }

    // A hyphen joins as a space does: science-fiction is science fiction.
    private void Part(Rune rune, List<int> words)
    {
        if (rune.Value is not ('-' or '\u2010' or '\u2011') && !Rune.IsWhiteSpace(rune))
        {
            AddBreak(words);
            _isSentenceStart |= rune.Value is '.' or '!' or '?' or ':' or '(' or '"' or '“';
        }
    }

    private static void AddBreak(List<int> words)
    {
        if (words.Count > 0 && words[^1] != Break)
        {
            words.Add(Break);
        }
    }
}

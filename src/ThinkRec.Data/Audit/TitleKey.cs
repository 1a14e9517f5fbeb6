using System.Globalization;
using System.Text;

namespace ThinkRec.Data.Audit;

/// <summary>What is left of a title when case, accents, articles and punctuation do not count.</summary>
internal static class TitleKey
{
    private const int MaxLength = 512;

    // The tool runs without ICU, so that letters are not taken apart by the framework. The pairs are of Latin-1 and Latin Extended-A.
    private const string Accented = "àáâãäåāăąçćĉċčďđèéêëēĕėęěĝğġģĥħìíîïĩīĭįıĵķĺļľŀłñńņňòóôõöøōŏőŕŗřśŝşšţťŧùúûüũūŭůűųŵýÿŷźżž";
    private const string Plain = "aaaaaaaaacccccddeeeeeeeeegggghhiiiiiiiiijklllllnnnnooooooooorrrsssstttuuuuuuuuuuwyyyzzz";

    /// <summary>Gives the key; titles with the same key are nearly the same.</summary>
    /// <param name="title">Any text; what stands behind the first 512 letters and digits does not count.</param>
    /// <returns>The key; empty when the title has no letter and no digit.</returns>
    public static string Of(string title)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var length = 0;
        foreach (var rune in title.EnumerateRunes())
        {
            if (length >= MaxLength)
            {
                break;
            }
            if (Rune.IsLetter(rune) || Rune.IsNumber(rune))
            {
                length++;
                Append(word, Rune.ToLowerInvariant(rune));
            }
            else if (rune.Value is '&')
            {
                EndWord(words, word);
                words.Add("and");
            }
            else if (!IsInsideWord(rune))
            {
                EndWord(words, word);
            }
        }
        EndWord(words, word);
        return string.Join(' ', words.Any(IsNoArticle) ? words.Where(IsNoArticle) : words);
    }

    private static void Append(StringBuilder word, Rune rune)
    {
        var at = rune.IsBmp ? Accented.IndexOf((char)rune.Value, StringComparison.Ordinal) : -1;
        _ = rune.Value switch
        {
            'ß' => word.Append("ss"),
            'æ' => word.Append("ae"),
            'œ' => word.Append("oe"),
            _ when at >= 0 => word.Append(Plain[at]),
            _ => word.Append(rune),
        };
    }

    // Apostrophes, accents of their own, and what no reader sees.
    private static bool IsInsideWord(Rune rune) => rune.Value is '\'' or '’' or 'ʼ' or '.' || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.Control && !Rune.IsWhiteSpace(rune);

    private static bool IsNoArticle(string word) => word is not ("the" or "a" or "an");

    private static void EndWord(List<string> words, StringBuilder word)
    {
        if (word.Length > 0)
        {
            words.Add(word.ToString());
            word.Clear();
        }
    }
}

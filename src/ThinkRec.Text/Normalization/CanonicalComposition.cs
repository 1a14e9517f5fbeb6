using System.Runtime.InteropServices;
using System.Text;

namespace ThinkRec.Text.Normalization;

/// <summary>Unicode normalization form C.</summary>
/// <remarks>Source: Unicode Standard Annex 15 and section 3.12 of the standard (Hangul).</remarks>
internal static class CanonicalComposition
{
    private const int FirstMark = 0x300; // below, every character is its own normal form
    private const int FirstSyllable = 0xAC00;
    private const int FirstLead = 0x1100;
    private const int FirstVowel = 0x1161;
    private const int BeforeFirstTail = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Tails = 28; // "no tail" included

    /// <summary>Brings text to form C.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    public static string Normalize(string text)
    {
        if (IsComposed(text))
        {
            return text;
        }

        var span = Decomposed(text);
        return Write(span[..Compose(span)]);
    }

    /// <summary>Brings text to form D.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    public static string Decompose(string text) => Ascii.IsValid(text) ? text : Write(Decomposed(text));

    // True for most texts that are in form C, never for another.
    private static bool IsComposed(string text)
    {
        var at = text.AsSpan().IndexOfAnyExceptInRange('\0', (char)(FirstMark - 1));
        if (at < 0)
        {
            return true;
        }

        foreach (var rune in text.AsSpan(at).EnumerateRunes())
        {
            if (!CanonicalData.Instance.IsStable(rune.Value))
            {
                return false;
            }
        }

        return true;
    }

    private static Span<int> Decomposed(string text)
    {
        var codePoints = new List<int>(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, codePoints);
        }

        var span = CollectionsMarshal.AsSpan(codePoints);
        Order(span);
        return span;
    }

    private static string Write(ReadOnlySpan<int> codePoints)
    {
        var builder = new StringBuilder(codePoints.Length);
        foreach (var codePoint in codePoints)
        {
            builder.Append(new Rune(codePoint));
        }

        return builder.ToString();
    }

    private static void Decompose(int codePoint, List<int> destination)
    {
        var syllable = codePoint - FirstSyllable;
        if (syllable is >= 0 and < Leads * Vowels * Tails)
        {
            destination.Add(FirstLead + (syllable / (Vowels * Tails)));
            destination.Add(FirstVowel + (syllable / Tails % Vowels));
            if (syllable % Tails != 0)
            {
                destination.Add(BeforeFirstTail + (syllable % Tails));
            }
        }
        else if (CanonicalData.Instance.Decompose(codePoint) is { } parts)
        {
            Array.ForEach(parts, part => Decompose(part, destination));
        }
        else
        {
            destination.Add(codePoint);
        }
    }

    private static void Order(Span<int> codePoints)
    {
        for (var start = 0; start < codePoints.Length; start++)
        {
            var end = start;
            while (end < codePoints.Length && CanonicalData.Instance.ClassOf(codePoints[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                SortMarks(codePoints[start..end]);
            }

            start = end;
        }
    }

    private static void SortMarks(Span<int> marks)
    {
        var keys = new long[marks.Length]; // class, then place: a stable sort
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = ((long)CanonicalData.Instance.ClassOf(marks[i]) << 32) | (uint)i;
        }

        keys.AsSpan().Sort(marks);
    }

    private static int Compose(Span<int> codePoints)
    {
        var count = 0;
        var starter = -1;
        var previousClass = 0; // of the last character kept after the starter
        foreach (var codePoint in codePoints)
        {
            var kind = CanonicalData.Instance.ClassOf(codePoint);
            var isBlocked = starter < 0 || (count - 1 > starter && previousClass >= kind);
            if (!isBlocked && Join(codePoints[starter], codePoint) is { } composite)
            {
                codePoints[starter] = composite;
                continue;
            }

            starter = kind == 0 ? count : starter;
            previousClass = kind;
            codePoints[count++] = codePoint;
        }

        return count;
    }

    private static int? Join(int first, int second)
    {
        if (first - FirstLead is >= 0 and < Leads && second - FirstVowel is >= 0 and < Vowels)
        {
            return FirstSyllable + ((((first - FirstLead) * Vowels) + (second - FirstVowel)) * Tails);
        }

        var syllable = first - FirstSyllable;
        return syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0
            && second - BeforeFirstTail is > 0 and < Tails
            ? first + (second - BeforeFirstTail)
            : CanonicalData.Instance.Compose(first, second);
    }
}

using System.Text;

namespace ThinkRec.Teaching;

/// <summary>Tells in which letters a text is mostly written: a cheap sign that a teacher fell into another language.</summary>
internal static class LetterScript
{
    private static readonly (int First, int Last, string Name)[] Ranges =
    [
        (0x0041, 0x024F, "Latin"), (0x1E00, 0x1EFF, "Latin"), (0x0370, 0x03FF, "Greek"), (0x0400, 0x052F, "Cyrillic"), (0x0590, 0x05FF, "Hebrew"),
        (0x0600, 0x06FF, "Arabic"), (0x0900, 0x097F, "Devanagari"), (0x0E00, 0x0E7F, "Thai"), (0x1100, 0x11FF, "Korean"), (0xAC00, 0xD7AF, "Korean"),
        (0x3040, 0x30FF, "Japanese"), (0x3400, 0x9FFF, "Chinese"),
    ];

    /// <summary>Names the letters of more than half a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Such as <c>Latin</c>; null when no kind of letters has more than half.</returns>
    public static string? Of(string text)
    {
        string[] scripts = [.. text.EnumerateRunes().Where(Rune.IsLetter).Select(Of)];
        return scripts.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => 2 * group.Count() > scripts.Length)?.Key;
    }

    private static string Of(Rune letter) =>
        Ranges.FirstOrDefault(range => letter.Value >= range.First && letter.Value <= range.Last).Name ?? "other";
}

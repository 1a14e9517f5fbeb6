using System.Globalization;
using System.Text;

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>Texts in quotes, with Python's escapes.</summary>
internal static class Quotes
{
    /// <summary>Reads one.</summary>
    /// <param name="source">The template.</param>
    /// <param name="at">Place of the opening quote; becomes the place after the closing one.</param>
    /// <returns>The text; null when the closing quote is missing.</returns>
    public static string? Read(string source, ref int at)
    {
        var quote = source[at];
        var text = new StringBuilder();
        for (var i = at + 1; i < source.Length; i++)
        {
            if (source[i] == quote)
            {
                at = i + 1;
                return text.ToString();
            }

            if (source[i] == '\\' && i + 1 < source.Length)
            {
                i++;
                i += Escaped(source, i, text);
            }
            else
            {
                text.Append(source[i]);
            }
        }

        return null;
    }

    // Appends what the escape stands for; gives the number of characters after the letter that it took.
    private static int Escaped(string source, int at, StringBuilder text)
    {
        var digits = source[at] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0 && at + digits < source.Length
            && uint.TryParse(source.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && Rune.IsValid(code))
        {
            text.Append(new Rune(code));
            return digits;
        }

        _ = source[at] switch
        {
            'n' => text.Append('\n'),
            't' => text.Append('\t'),
            'r' => text.Append('\r'),
            'b' => text.Append('\b'),
            'f' => text.Append('\f'),
            'v' => text.Append('\v'),
            'a' => text.Append('\a'),
            '\\' or '\'' or '"' => text.Append(source[at]),
            '\n' => text,
            _ => text.Append('\\').Append(source[at]),
        };
        return 0;
    }
}

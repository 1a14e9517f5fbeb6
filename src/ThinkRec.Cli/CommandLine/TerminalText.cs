using System.Buffers;
using System.Globalization;
using System.Text;

namespace ThinkRec.Cli.CommandLine;

/// <summary>Makes any text safe to show: nothing in it can steer a terminal or change the order of what is read.</summary>
internal static class TerminalText
{
    private static readonly SearchValues<char> Steering = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(IsSteering)]);

    /// <summary>Writes as \uXXXX: control characters but line feeds and tabs, line separators, marks, embeddings, overrides and isolates of direction, and tags.</summary>
    /// <param name="text">Any text. In JSON the result stands for the same value, because such characters stand inside strings only.</param>
    /// <returns>The text itself when there is nothing to write differently.</returns>
    public static string Escape(string text)
    {
        int at = text.AsSpan().IndexOfAny(Steering);
        if (at < 0)
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        int start = 0;
        while (at >= 0)
        {
            escaped.Append(text, start, at - start).Append("\\u").Append(((int)text[at]).ToString("X4", CultureInfo.InvariantCulture));
            start = at + 1;
            int next = text.AsSpan(start).IndexOfAny(Steering);
            at = next < 0 ? -1 : start + next;
        }

        return escaped.Append(text, start, text.Length - start).ToString();
    }

    /// <summary>As <see cref="Escape"/>, and on one line of limited length.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The text with its lines joined, or its beginning.</returns>
    public static string OneLine(string text)
    {
        const int MaxLength = 8000;
        string line = string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return Escape(line.Length <= MaxLength ? line : line[..MaxLength] + "…");
    }

    // U+DB40 begins the tags, which copy ASCII invisibly, and further variation selectors.
    private static bool IsSteering(char c) => c is '\u061C' or '\u200E' or '\u200F' or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u206F')
        or (>= '\uFFF9' and <= '\uFFFB') or '\uFEFF' or '\uDB40' || (char.IsControl(c) && c is not ('\n' or '\t'));
}

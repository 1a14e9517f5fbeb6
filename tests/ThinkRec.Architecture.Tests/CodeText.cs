using System.Text;

namespace ThinkRec.Architecture.Tests;

/// <summary>Looks at C# and C++ text without a compiler: comments and literals blanked, methods by their braces.</summary>
internal static class CodeText
{
    /// <summary>The text with comments blanked out; literals and line numbers stay.</summary>
    public static string WithoutComments(string text) => Blank(text, literals: false);

    /// <summary>The text with comments and the insides of literals blanked out; line numbers stay.</summary>
    public static string CodeOnly(string text) => Blank(text, literals: true);

    /// <summary>The blocks that follow a parameter list inside a type: (first line, number of lines, heading).</summary>
    public static IEnumerable<(int Line, int Length, string Heading)> Methods(string text)
    {
        string code = CodeOnly(text);
        Stack<(bool IsType, bool IsMethod, int Line, string Heading)> open = new();
        int line = 1;
        int headingStart = 0;
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i] == '\n')
            {
                line++;
            }
            else if (code[i] == '{')
            {
                string heading = code[headingStart..i].Trim();
                bool insideType = open.Count > 0 && open.Peek().IsType;
                bool isType = IsType(heading);
                open.Push((isType, insideType && !isType && heading.EndsWith(')'), line, heading));
                headingStart = i + 1;
            }
            else if (code[i] == '}' && open.TryPop(out var block))
            {
                if (block.IsMethod)
                {
                    yield return (block.Line, line - block.Line + 1, block.Heading);
                }

                headingStart = i + 1;
            }
            else if (code[i] == ';')
            {
                headingStart = i + 1;
            }
        }
    }

    private static bool IsType(string heading)
    {
        string[] words = heading.Split([' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries);
        string[] kinds = ["class", "struct", "record", "interface", "enum"];
        int at = Array.FindIndex(words, kinds.Contains);
        return at >= 0 && at < words.Length - 1 && !words.Take(at).Any(word => word.Contains('('));
    }

    private static string Blank(string text, bool literals)
    {
        var result = new StringBuilder(text);
        int i = 0;
        while (i < text.Length)
        {
            int end = At(text, i, "//") ? EndOf(text, i, "\n") : At(text, i, "/*") ? EndOf(text, i + 2, "*/") + 2 : i;
            bool isComment = end > i;
            if (!isComment)
            {
                end = EndOfLiteral(text, i);
            }

            if (end > i && (isComment || literals))
            {
                for (int k = i; k < Math.Min(end, text.Length); k++)
                {
                    result[k] = text[k] == '\n' ? '\n' : ' ';
                }
            }

            i = Math.Max(i + 1, end);
        }

        return result.ToString();
    }

    // Interpolation holes are part of the literal here; a quote inside a hole ends it one character early and the rest is
    // read as code, which keeps braces balanced because a hole's own braces are both inside or both outside.
    private static int EndOfLiteral(string text, int start)
    {
        if (At(text, start, "\"\"\""))
        {
            int quotes = text[start..].TakeWhile(c => c == '"').Count();
            return EndOf(text, start + quotes, new string('"', quotes)) + quotes;
        }

        char quote = text[start];
        if (quote is not ('"' or '\''))
        {
            return start;
        }

        bool isVerbatim = quote == '"' && start > 0 && (text[start - 1] == '@' || At(text, start - 2, "@$"));
        for (int i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '\\' && !isVerbatim)
            {
                i++;
            }
            else if (text[i] == quote && isVerbatim && At(text, i + 1, "\""))
            {
                i++;
            }
            else if (text[i] == quote || (text[i] == '\n' && !isVerbatim))
            {
                return i + 1;
            }
        }

        return text.Length;
    }

    private static bool At(string text, int index, string what) =>
        index >= 0 && string.CompareOrdinal(text, index, what, 0, what.Length) == 0;

    private static int EndOf(string text, int from, string what)
    {
        int found = text.IndexOf(what, Math.Min(from, text.Length), StringComparison.Ordinal);
        return found < 0 ? text.Length : found;
    }
}

using System.Text;

namespace ThinkRec.Text;

/// <summary>A prompt with named places, such as "… {history} … {target} …". Immutable.</summary>
public sealed class PromptTemplate
{
    private PromptTemplate(IReadOnlyList<PromptPart> parts)
    {
        Parts = parts;
        Placeholders = [.. parts.OfType<PromptPlaceholder>().Select(part => part.Name).Distinct()];
    }

    /// <summary>Literals and placeholders from left to right; no literal is empty and no two are neighbours.</summary>
    public IReadOnlyList<PromptPart> Parts { get; }

    /// <summary>Names of the placeholders used, each once, in order of first use.</summary>
    public IReadOnlyCollection<string> Placeholders { get; }

    /// <summary>Parses a template.</summary>
    /// <param name="text">The template; {name} is a placeholder, {{ and }} stand for single braces.</param>
    /// <param name="allowedPlaceholders">Names that may be used.</param>
    /// <returns>The template.</returns>
    /// <exception cref="PromptTemplateException">A placeholder is unknown, not closed or there twice, or a brace
    /// stands alone; names line, column and the allowed names.</exception>
    public static PromptTemplate Parse(string text, IReadOnlyCollection<string> allowedPlaceholders) =>
        Parse(text, allowedPlaceholders, []);

    /// <summary>Parses a template in which some placeholders may stand more than once.</summary>
    /// <param name="text">The template; {name} is a placeholder, {{ and }} stand for single braces.</param>
    /// <param name="allowedPlaceholders">Names that may be used.</param>
    /// <param name="repeatablePlaceholders">Those of them that may be used more than once.</param>
    /// <returns>The template.</returns>
    /// <exception cref="PromptTemplateException">A placeholder is unknown, not closed or there twice, or a brace
    /// stands alone; names line, column and the allowed names.</exception>
    public static PromptTemplate Parse(
        string text,
        IReadOnlyCollection<string> allowedPlaceholders,
        IReadOnlyCollection<string> repeatablePlaceholders)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = new List<PromptPart>();
        var literal = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is not ('{' or '}'))
            {
                literal.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == text[at])
            {
                literal.Append(text[at++]);
            }
            else
            {
                var name = NameAt(text, at, allowedPlaceholders);
                if (!repeatablePlaceholders.Contains(name) && parts.Contains(new PromptPlaceholder(name)))
                {
                    throw Problem(text, at, $"placeholder {{{name}}} stands here a second time.", allowedPlaceholders);
                }

                FlushLiteral(literal, parts);
                parts.Add(new PromptPlaceholder(name));
                at += name.Length + 1;
            }
        }

        FlushLiteral(literal, parts);
        return new PromptTemplate(parts);
    }

    private static string NameAt(string text, int at, IReadOnlyCollection<string> allowed)
    {
        if (text[at] == '}')
        {
            throw Problem(text, at, "this brace closes no placeholder; write }} for a brace.", allowed);
        }

        var length = text.AsSpan(at + 1).IndexOfAny("{}\n");
        if (length < 0 || text[at + 1 + length] != '}')
        {
            throw Problem(text, at, "this placeholder is not closed; write {{ for a brace.", allowed);
        }

        var name = text.Substring(at + 1, length);
        return allowed.Contains(name)
            ? name
            : throw Problem(text, at, $"placeholder {{{name}}} is not known.", allowed);
    }

    private static PromptTemplateException Problem(
        string text, int at, string problem, IReadOnlyCollection<string> allowed)
    {
        var line = text.AsSpan(0, at).Count('\n') + 1;
        var column = at - text.AsSpan(0, at).LastIndexOf('\n');
        var names = allowed.Count == 0 ? "none" : string.Join(", ", allowed.Select(name => $"{{{name}}}"));
        return new PromptTemplateException(line, column, $"{problem} Allowed placeholders: {names}.");
    }

    private static void FlushLiteral(StringBuilder literal, List<PromptPart> parts)
    {
        if (literal.Length > 0)
        {
            parts.Add(new PromptLiteral(literal.ToString()));
            literal.Clear();
        }
    }
}

using System.Globalization;
using System.Text;

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>Writes values as Python prints them, and as JSON.</summary>
internal static class Printer
{
    /// <summary>What <c>str</c> gives in Python; numbers and names count as the template's own, the insides of lists and mappings as others'.</summary>
    public static MarkedText Print(Run run, object? value)
    {
        switch (value)
        {
            case MarkedText text:
                return text;
            case Undefined:
                return MarkedText.Empty;
            case List<object?> or OrderedDictionary<string, object?>:
                return MarkedText.Untrusted(Written(run, value, PythonScalar, default));
            case Namespace or Callable:
                throw run.Problem($"{Values.KindOf(value)} cannot be written out.");
            default:
                return MarkedText.Trusted(PythonScalar(value));
        }
    }

    /// <summary>JSON as Python's <c>json.dumps(…, ensure_ascii=False)</c> writes it, which is what transformers takes for <c>tojson</c>. It counts as others' text.</summary>
    /// <param name="run">The rendering.</param>
    /// <param name="value">The value.</param>
    /// <param name="indent">Blanks for each level; null for all on one line.</param>
    public static MarkedText Json(Run run, object? value, int? indent) =>
        MarkedText.Untrusted(Written(run, value, scalar => JsonScalar(run, scalar), new Layout(indent, indent is null ? ", " : ",")));

    private static string Written(Run run, object? value, Func<object?, string> scalar, Layout layout)
    {
        var writer = new StringBuilder();
        Write(run, writer, value, scalar, layout with { Separator = layout.Separator ?? ", " }, 1);
        return writer.ToString();
    }

    private static void Write(Run run, StringBuilder writer, object? value, Func<object?, string> scalar, Layout layout, int depth)
    {
        var line = run.Enter();
        if (value is List<object?> { Count: > 0 } list)
        {
            Enclose(writer, '[', ']', list, layout, depth, entry => Write(run, writer, entry, scalar, layout, depth + 1));
        }
        else if (value is OrderedDictionary<string, object?> { Count: > 0 } map)
        {
            Enclose(writer, '{', '}', map, layout, depth, member =>
            {
                writer.Append(scalar(MarkedText.Untrusted(member.Key))).Append(": ");
                Write(run, writer, member.Value, scalar, layout, depth + 1);
            });
        }
        else
        {
            var text = value is List<object?> ? "[]" : value is OrderedDictionary<string, object?> ? "{}" : scalar(value);
            run.Make(text.Length);
            writer.Append(text);
        }

        run.Leave(line);
    }

    private static void Enclose<T>(StringBuilder writer, char open, char close, IEnumerable<T> entries, Layout layout, int depth, Action<T> write)
    {
        var lead = open.ToString();
        foreach (var entry in entries)
        {
            writer.Append(lead).Append(layout.Break(depth));
            write(entry);
            lead = layout.Separator!;
        }

        writer.Append(layout.Break(depth - 1)).Append(close);
    }

    private static string PythonScalar(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        double number => Float(number),
        MarkedText text => PythonQuoted(text.Value),
        Undefined => "Undefined",
        _ => $"<{Values.KindOf(value)}>",
    };

    private static string JsonScalar(Run run, object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        long or double => PythonScalar(value),
        MarkedText text => Quoted(text.Value, '"', isJson: true),
        _ => throw run.Problem($"{Values.KindOf(value)} cannot be written as JSON."),
    };

    // Python's repr: the shortest digits, a point always, and an exponent below 1e-4 and from 1e16 on.
    private static string Float(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        if (Math.Abs(number) is (> 0 and < 1e-4) or >= 1e16)
        {
            var (digits, exponent) = shortest.IndexOf('E', StringComparison.Ordinal) is > 0 and var at
                ? (shortest[..at], int.Parse(shortest.AsSpan(at + 1), CultureInfo.InvariantCulture))
                : Scientific(shortest);
            return $"{digits}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        var plain = shortest.Contains('E', StringComparison.Ordinal) ? number.ToString("0.####################", CultureInfo.InvariantCulture) : shortest;
        return plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".0";
    }

    // "-12300" is -1.23e4.
    private static (string Digits, int Exponent) Scientific(string whole)
    {
        var sign = whole.StartsWith('-') ? "-" : "";
        var digits = whole[sign.Length..];
        var rest = digits[1..].TrimEnd('0');
        return ($"{sign}{digits[0]}{(rest.Length > 0 ? "." : "")}{rest}", digits.Length - 1);
    }

    private static string PythonQuoted(string text) =>
        Quoted(text, text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'', isJson: false);

    private static string Quoted(string text, char quote, bool isJson)
    {
        var quoted = new StringBuilder(text.Length + 2).Append(quote);
        foreach (var character in text)
        {
            _ = character switch
            {
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\b' when isJson => quoted.Append("\\b"),
                '\f' when isJson => quoted.Append("\\f"),
                '\\' => quoted.Append("\\\\"),
                < ' ' => quoted.Append(isJson ? "\\u00" : "\\x").Append(((int)character).ToString("x2", CultureInfo.InvariantCulture)),
                _ when character == quote => quoted.Append('\\').Append(character),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append(quote).ToString();
    }

    private readonly record struct Layout(int? Indent, string? Separator)
    {
        public string Break(int depth) => Indent is { } indent ? "\n" + new string(' ', Math.Min(indent * depth, 4096)) : "";
    }
}

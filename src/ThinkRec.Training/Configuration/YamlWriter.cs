using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace ThinkRec.Training.Configuration;

/// <summary>Writes a record as YAML with every key, in declaration order.</summary>
internal static class YamlWriter
{
    /// <summary>The YAML text of a record.</summary>
    public static string Text(object value)
    {
        var text = new StringBuilder();
        WriteRecord(value, "", text);
        return text.ToString();
    }

    private static void WriteRecord(object record, string indent, StringBuilder text)
    {
        foreach (PropertyInfo property in Shape.Properties(record.GetType()))
        {
            text.Append(indent).Append(Shape.Key(property)).Append(':');
            WriteValue(property.GetValue(record), indent, text);
        }
    }

    // Writes what follows "key:" or "-", with the line break.
    private static void WriteValue(object? value, string indent, StringBuilder text)
    {
        object[]? items = value is IEnumerable list and not string ? [.. list.Cast<object>()] : null;
        if (value is not null && items is null && Shape.IsRecord(value.GetType()))
        {
            text.Append(Shape.Properties(value.GetType()).Any() ? "\n" : " {}\n");
            WriteRecord(value, indent + "  ", text);
        }
        else if (items is not null && items.Any(item => Shape.IsRecord(item.GetType()) || item is Array))
        {
            text.Append('\n');
            foreach (object item in items)
            {
                text.Append(indent).Append("  -");
                WriteValue(item, indent + "  ", text);
            }
        }
        else
        {
            text.Append(' ').Append(items is null ? Scalar(value) : $"[{string.Join(", ", items.Select(Scalar))}]").Append('\n');
        }
    }

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        Enum member => Shape.Camel(member.ToString()),
        string text => Quote(text),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"A configuration cannot hold a {value.GetType().Name}.", nameof(value)),
    };

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF' => $"\\u{(int)c:X4}",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}

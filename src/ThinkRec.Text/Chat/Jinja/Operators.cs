using System.Globalization;

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>Arithmetic and comparisons.</summary>
internal static class Operators
{
    /// <summary>A number or truth value as a number; null for anything else.</summary>
    public static object? Number(object? value) => value switch
    {
        bool flag => flag ? 1L : 0L,
        long or double => value,
        _ => null,
    };

    /// <summary>What an operator makes of two values.</summary>
    public static object? Apply(Run run, string sign, object? left, object? right)
    {
        switch (left, right)
        {
            case (MarkedText a, MarkedText b) when sign == "+":
                run.Make((long)a.Length + b.Length);
                return MarkedText.Concat(a, b);
            case (List<object?> a, List<object?> b) when sign == "+":
                run.Make(8L * (a.Count + b.Count));
                return new List<object?>([.. a, .. b]);
            case (MarkedText text, long times) when sign == "*":
                return Repeated(run, text, times);
            case (long times, MarkedText text) when sign == "*":
                return Repeated(run, text, times);
            case var _ when Number(left) is { } a && Number(right) is { } b:
                return a is long x && b is long y && sign != "/" ? (object)Whole(run, sign, x, y) : Float(run, sign, Double(a), Double(b));
            default:
                throw run.Problem($"'{sign}' does not work on {Values.KindOf(left)} and {Values.KindOf(right)}.");
        }
    }

    /// <summary>Whether the first of two values comes before, with or after the second one: below, at or above 0.</summary>
    public static int Order(Run run, object? left, object? right) => (left, right) switch
    {
        (MarkedText a, MarkedText b) => string.CompareOrdinal(a.Value, b.Value),
        _ when Number(left) is { } a && Number(right) is { } b => a is long x && b is long y ? x.CompareTo(y) : Double(a).CompareTo(Double(b)),
        _ => throw run.Problem($"{Values.KindOf(left)} and {Values.KindOf(right)} have no order."),
    };

    /// <summary>Whether a value is in a list, a key of a mapping, or a part of a text.</summary>
    public static bool IsIn(Run run, object? value, object? container)
    {
        switch (container)
        {
            case MarkedText text when value is MarkedText part:
                run.Make(text.Length / 8);
                return text.Value.Contains(part.Value, StringComparison.Ordinal);
            case MarkedText:
                throw run.Problem($"{Values.KindOf(value)} cannot be looked for in a text.");
            case OrderedDictionary<string, object?> map:
                return value is MarkedText key && map.ContainsKey(key.Value);
            default:
                return Values.Items(run, container).Any(item => Values.AreEqual(run, item, value));
        }
    }

    private static MarkedText Repeated(Run run, MarkedText text, long times)
    {
        var count = text.Length == 0 ? 0 : Math.Clamp(times, 0, int.MaxValue);
        run.Make(text.Length * count);
        return MarkedText.Concat([.. Enumerable.Repeat(text, (int)count)]);
    }

    private static long Whole(Run run, string sign, long left, long right)
    {
        try
        {
            return sign switch
            {
                "+" => checked(left + right),
                "-" => checked(left - right),
                "*" => checked(left * right),
                "//" => checked(left - Modulo(left, right)) / right,
                "%" => Modulo(left, right),
                _ => throw run.Problem($"'{sign}' is not supported."),
            };
        }
        catch (OverflowException)
        {
            throw run.Problem($"{left} {sign} {right} is beyond what is computed with.");
        }
        catch (DivideByZeroException)
        {
            throw run.Problem($"{left} is divided by 0.");
        }
    }

    private static double Float(Run run, string sign, double left, double right) => sign switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" when right != 0 => left / right,
        "//" when right != 0 => Math.Floor(left / right),
        "%" when right != 0 => left - (right * Math.Floor(left / right)),
        "/" or "//" or "%" => throw run.Problem($"{left.ToString(CultureInfo.InvariantCulture)} is divided by 0."),
        _ => throw run.Problem($"'{sign}' is not supported."),
    };

    // As in Python the result has the sign of the divisor.
    private static long Modulo(long left, long right)
    {
        var rest = right == -1 ? 0 : left % right;
        return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
    }

    private static double Double(object number) => Convert.ToDouble(number, CultureInfo.InvariantCulture);
}

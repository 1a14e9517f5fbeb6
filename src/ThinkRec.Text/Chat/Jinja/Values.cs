using System.Text.Json;

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>What a name stands for that nothing was given to; prints as nothing.</summary>
/// <param name="Name">The name.</param>
internal sealed record Undefined(string Name);

/// <summary>What <c>namespace(…)</c> makes: members that inner scopes can set.</summary>
internal sealed class Namespace
{
    /// <summary>The members.</summary>
    public Dictionary<string, object?> Members { get; } = new(StringComparer.Ordinal);
}

/// <summary>Something that can be called.</summary>
internal delegate object? Callable(Run run, Arguments arguments);

/// <summary>What values are: null, bool, long, double, <see cref="MarkedText"/>, lists, ordered maps by text, <see cref="Namespace"/>, <see cref="Callable"/>, <see cref="Undefined"/>.</summary>
internal static class Values
{
    /// <summary>A value of JSON; its texts are others'.</summary>
    /// <exception cref="JsonException">A number is beyond what is computed with.</exception>
    public static object? From(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => MapOf(json.EnumerateObject().Select(member => (member.Name, From(member.Value)))),
        JsonValueKind.Array => json.EnumerateArray().Select(From).ToList(),
        JsonValueKind.String => MarkedText.Untrusted(json.GetString()!),
        JsonValueKind.Number when json.TryGetInt64(out var whole) => whole,
        JsonValueKind.Number when json.TryGetDouble(out var number) && double.IsFinite(number) => number,
        JsonValueKind.Number => throw new JsonException($"the number {json.GetRawText()} is too large."),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>A map; of members of one name the last one stays.</summary>
    public static OrderedDictionary<string, object?> MapOf(IEnumerable<(string Name, object? Value)> members)
    {
        var map = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in members)
        {
            map[name] = value;
        }

        return map;
    }

    /// <summary>Whether a value counts as true.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long whole => whole != 0,
        double number => number != 0,
        MarkedText text => text.Length > 0,
        List<object?> list => list.Count > 0,
        OrderedDictionary<string, object?> map => map.Count > 0,
        _ => true,
    };

    /// <summary>A value's kind, for messages.</summary>
    public static string KindOf(object? value) => value switch
    {
        null => "none",
        Undefined undefined => $"'{undefined.Name}', which is not defined",
        bool => "true or false",
        long or double => "a number",
        MarkedText => "a text",
        List<object?> => "a list",
        OrderedDictionary<string, object?> => "a mapping",
        Namespace => "a namespace",
        _ => "a function",
    };

    /// <summary>What a value iterates over: entries, keys or characters.</summary>
    public static IReadOnlyList<object?> Items(Run run, object? value)
    {
        switch (value)
        {
            case List<object?> list:
                return list;
            case OrderedDictionary<string, object?> map:
                run.Make(map.Count);
                return [.. map.Keys.Select(MarkedText.Untrusted)];
            case MarkedText text:
                run.Make(8L * text.Length);
                return [.. Strings.Characters(text)];
            case Undefined:
                return [];
            default:
                throw run.Problem($"expected a list but found {KindOf(value)}.");
        }
    }

    /// <summary>Whether two values are equal as in Python.</summary>
    public static bool AreEqual(Run run, object? left, object? right)
    {
        var line = run.Enter();
        var isEqual = (left, right) switch
        {
            (MarkedText a, MarkedText b) => a.Value == b.Value,
            (List<object?> a, List<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => AreEqual(run, pair.First, pair.Second)),
            (OrderedDictionary<string, object?> a, OrderedDictionary<string, object?> b) =>
                a.Count == b.Count && a.All(member => b.TryGetValue(member.Key, out var other) && AreEqual(run, member.Value, other)),
            (Undefined, Undefined) or (null, null) => true,
            _ when Operators.Number(left) is not null && Operators.Number(right) is not null => Operators.Order(run, left, right) == 0,
            _ => left is not null && ReferenceEquals(left, right),
        };
        run.Leave(line);
        return isEqual;
    }
}

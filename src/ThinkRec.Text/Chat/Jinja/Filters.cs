using System.Globalization;

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>The filters that chat templates use, as Jinja has them.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Func<Run, object?, Arguments, object?>> ByName = new(StringComparer.Ordinal)
    {
        ["trim"] = (run, value, given) => Strings.Strip(Made(run, value), given.Text(run, 0, "chars")),
        ["length"] = (run, value, _) => Length(run, value),
        ["count"] = (run, value, _) => Length(run, value),
        ["tojson"] = (run, value, given) => Printer.Json(run, value, given.Optional(0, "indent") is null ? null : (int)Math.Clamp(given.Whole(run, 0, "indent", 0), 0, 64)),
        ["join"] = (run, value, given) => Join(run, given.Text(run, 1, "attribute") is { } member ? Mapped(run, value, member.Value) : value, given.Text(run, 0, "d") ?? MarkedText.Empty),
        ["default"] = Default,
        ["d"] = Default,
        ["upper"] = (run, value, _) => Strings.Cased(Made(run, value), "upper"),
        ["lower"] = (run, value, _) => Strings.Cased(Made(run, value), "lower"),
        ["title"] = (run, value, _) => Strings.Cased(Made(run, value), "title"),
        ["capitalize"] = (run, value, _) => Strings.Cased(Made(run, value), "capitalize"),
        ["replace"] = (run, value, given) => Strings.Replace(run, Made(run, value), given.RequiredText(run, 0, "old"), given.RequiredText(run, 1, "new"), given.Whole(run, 2, "count", -1)),
        ["items"] = (run, value, _) => value is Undefined ? new List<object?>() : value is OrderedDictionary<string, object?> map ? Items(run, map) : throw run.Problem($"expected a mapping but found {Values.KindOf(value)}."),
        ["list"] = (run, value, _) => Values.Items(run, value).ToList(),
        ["first"] = (run, value, _) => Values.Items(run, value) is [var first, ..] ? first : new Undefined("the first entry"),
        ["last"] = (run, value, _) => Values.Items(run, value) is [.., var last] ? last : new Undefined("the last entry"),
        ["reverse"] = (run, value, _) => value is MarkedText text ? MarkedText.Concat([.. Strings.Characters(text).Reverse()]) : Values.Items(run, value).Reverse().ToList(),
        ["string"] = (run, value, _) => Printer.Print(run, value),
        ["safe"] = (run, value, _) => value,
        ["int"] = (_, value, given) => (object?)Whole(value) ?? given.Optional(0, "default", 0L),
        ["map"] = (run, value, given) => given.Text(run, int.MaxValue, "attribute") is { } member ? Mapped(run, value, member.Value) : Each(run, value, given),
        ["select"] = (run, value, given) => Selected(run, value, null, 0, given, keeps: true),
        ["reject"] = (run, value, given) => Selected(run, value, null, 0, given, keeps: false),
        ["selectattr"] = (run, value, given) => Selected(run, value, given.RequiredText(run, 0, "attribute").Value, 1, given, keeps: true),
        ["rejectattr"] = (run, value, given) => Selected(run, value, given.RequiredText(run, 0, "attribute").Value, 1, given, keeps: false),
    };

    /// <summary>The filter of a name; null when there is none.</summary>
    public static Func<Run, object?, Arguments, object?>? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Texts of a list with a text between them.</summary>
    public static MarkedText Join(Run run, object? list, MarkedText separator)
    {
        var parts = new List<MarkedText>();
        foreach (var item in Values.Items(run, list))
        {
            if (parts.Count > 0)
            {
                parts.Add(separator);
            }

            parts.Add(Printer.Print(run, item));
            run.Make((long)separator.Length + parts[^1].Length);
        }

        return MarkedText.Concat(parts);
    }

    /// <summary>Keys and values of a mapping.</summary>
    public static List<object?> Items(Run run, OrderedDictionary<string, object?> map)
    {
        run.Make(16L * map.Count);
        return [.. map.Select(member => new List<object?> { MarkedText.Untrusted(member.Key), member.Value })];
    }

    private static MarkedText Made(Run run, object? value)
    {
        var text = Printer.Print(run, value);
        run.Make(text.Length);
        return text;
    }

    private static object? Default(Run run, object? value, Arguments given) =>
        value is Undefined || (Values.IsTrue(given.Optional(1, "boolean", false)) && !Values.IsTrue(value)) ? given.Optional(0, "default_value", MarkedText.Empty) : value;

    private static long Length(Run run, object? value) => value switch
    {
        MarkedText text => Strings.Count(text),
        List<object?> list => list.Count,
        OrderedDictionary<string, object?> map => map.Count,
        Undefined => 0L,
        _ => throw run.Problem($"{Values.KindOf(value)} has no length."),
    };

    private static long? Whole(object? value) => value switch
    {
        double number when Math.Abs(number) < 1e18 => (long)number,
        MarkedText text when long.TryParse(text.Value.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ => Operators.Number(value) as long?,
    };

    private static List<object?> Mapped(Run run, object? list, string member) => [.. Values.Items(run, list).Select(item => Counted(run, () => Members.Find(run, item, member)))];

    private static List<object?> Each(Run run, object? list, Arguments given)
    {
        var name = given.RequiredText(run, 0, "filter").Value;
        var filter = Find(name) ?? throw run.Problem($"there is no filter '{name}'.");
        var rest = given with { Places = [.. given.Places.Skip(1)] };
        return [.. Values.Items(run, list).Select(item => Counted(run, () => filter(run, item, rest)))];
    }

    private static List<object?> Selected(Run run, object? list, string? member, int place, Arguments given, bool keeps)
    {
        var name = given.Text(run, place, "test")?.Value;
        var test = name is null ? (_, value, _) => Values.IsTrue(value) : Tests.Find(name) ?? throw run.Problem($"there is no test '{name}'.");
        var rest = given with { Places = [.. given.Places.Skip(place + 1)] };
        return [.. Values.Items(run, list).Where(item => Counted(run, () => test(run, member is null ? item : Members.Find(run, item, member), rest)) == keeps)];
    }

    private static T Counted<T>(Run run, Func<T> work)
    {
        var line = run.Enter();
        var result = work();
        run.Leave(line);
        return result;
    }
}

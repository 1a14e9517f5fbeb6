namespace ThinkRec.Text.Chat.Jinja;

/// <summary>Methods and members of values. There are only these: nothing of the program behind can be reached from a template.</summary>
internal static class Members
{
    private static readonly Dictionary<string, Func<Run, MarkedText, Arguments, object?>> OfText = new(StringComparer.Ordinal)
    {
        ["strip"] = (run, text, given) => Strings.Strip(text, given.Text(run, 0, "chars")),
        ["lstrip"] = (run, text, given) => Strings.Strip(text, given.Text(run, 0, "chars"), right: false),
        ["rstrip"] = (run, text, given) => Strings.Strip(text, given.Text(run, 0, "chars"), left: false),
        ["split"] = (run, text, given) => Strings.Split(run, text, given.Text(run, 0, "sep"), given.Whole(run, 1, "maxsplit", -1)),
        ["startswith"] = (run, text, given) => AnyOf(run, given, part => text.Value.StartsWith(part, StringComparison.Ordinal)),
        ["endswith"] = (run, text, given) => AnyOf(run, given, part => text.Value.EndsWith(part, StringComparison.Ordinal)),
        ["replace"] = (run, text, given) => Strings.Replace(run, text, given.RequiredText(run, 0, "old"), given.RequiredText(run, 1, "new"), given.Whole(run, 2, "count", -1)),
        ["upper"] = (_, text, _) => Strings.Cased(text, "upper"),
        ["lower"] = (_, text, _) => Strings.Cased(text, "lower"),
        ["title"] = (_, text, _) => Strings.Cased(text, "title"),
        ["capitalize"] = (_, text, _) => Strings.Cased(text, "capitalize"),
        ["join"] = (run, text, given) => Filters.Join(run, given.Optional(0, "iterable"), text),
    };

    private static readonly Dictionary<string, Func<Run, OrderedDictionary<string, object?>, Arguments, object?>> OfMap = new(StringComparer.Ordinal)
    {
        ["items"] = (run, map, _) => Filters.Items(run, map),
        ["keys"] = (run, map, _) => Values.Items(run, map).ToList(),
        ["values"] = (_, map, _) => map.Values.ToList(),
        ["get"] = (run, map, given) => map.TryGetValue(given.RequiredText(run, 0, "key").Value, out var value) ? value : given.Optional(1, "default"),
    };

    /// <summary>The method or member of a value; undefined when it has none of that name.</summary>
    public static object? Find(Run run, object? target, string name) => target switch
    {
        MarkedText text when OfText.TryGetValue(name, out var method) => (Callable)((caller, given) =>
        {
            caller.Make(text.Length);
            return method(caller, text, given);
        }),
        OrderedDictionary<string, object?> map when OfMap.TryGetValue(name, out var method) => (Callable)((caller, given) =>
        {
            caller.Make(8L * map.Count);
            return method(caller, map, given);
        }),
        OrderedDictionary<string, object?> map when map.TryGetValue(name, out var value) => value,
        Namespace bag when bag.Members.TryGetValue(name, out var value) => value,
        Undefined undefined => throw run.Problem($"'{undefined.Name}' is not defined, so that it has no '{name}'."),
        _ => new Undefined(name),
    };

    private static bool AnyOf(Run run, Arguments given, Func<string, bool> fits) => given.Optional(0, "prefix") switch
    {
        List<object?> parts => parts.Any(part => part is MarkedText text && fits(text.Value)),
        _ => fits(given.RequiredText(run, 0, "prefix").Value),
    };
}

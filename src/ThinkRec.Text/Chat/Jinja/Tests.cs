namespace ThinkRec.Text.Chat.Jinja;

/// <summary>The tests that chat templates use, as Jinja has them.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, Func<Run, object?, Arguments, bool>> ByName = new(StringComparer.Ordinal)
    {
        ["defined"] = (_, value, _) => value is not Undefined,
        ["undefined"] = (_, value, _) => value is Undefined,
        ["none"] = (_, value, _) => value is null,
        ["true"] = (_, value, _) => value is true,
        ["false"] = (_, value, _) => value is false,
        ["boolean"] = (_, value, _) => value is bool,
        ["string"] = (_, value, _) => value is MarkedText,
        ["number"] = (_, value, _) => value is bool or long or double,
        ["integer"] = (_, value, _) => value is long,
        ["float"] = (_, value, _) => value is double,
        ["mapping"] = (_, value, _) => value is OrderedDictionary<string, object?>,
        ["iterable"] = (_, value, _) => value is MarkedText or List<object?> or OrderedDictionary<string, object?> or Undefined,
        ["sequence"] = (_, value, _) => value is MarkedText or List<object?> or OrderedDictionary<string, object?> or Undefined,
        ["callable"] = (_, value, _) => value is Callable,
        ["odd"] = (run, value, _) => Operators.Apply(run, "%", value, 2L) is 1L or 1d,
        ["even"] = (run, value, _) => Operators.Apply(run, "%", value, 2L) is 0L or 0d,
        ["divisibleby"] = (run, value, given) => Operators.Apply(run, "%", value, given.Optional(0, "num")) is 0L or 0d,
        ["eq"] = (run, value, given) => Values.AreEqual(run, value, given.Optional(0, "other")),
        ["equalto"] = (run, value, given) => Values.AreEqual(run, value, given.Optional(0, "other")),
        ["=="] = (run, value, given) => Values.AreEqual(run, value, given.Optional(0, "other")),
        ["ne"] = (run, value, given) => !Values.AreEqual(run, value, given.Optional(0, "other")),
        ["!="] = (run, value, given) => !Values.AreEqual(run, value, given.Optional(0, "other")),
        ["in"] = (run, value, given) => Operators.IsIn(run, value, given.Optional(0, "seq")),
        ["lt"] = (run, value, given) => Operators.Order(run, value, given.Optional(0, "other")) < 0,
        ["le"] = (run, value, given) => Operators.Order(run, value, given.Optional(0, "other")) <= 0,
        ["gt"] = (run, value, given) => Operators.Order(run, value, given.Optional(0, "other")) > 0,
        ["ge"] = (run, value, given) => Operators.Order(run, value, given.Optional(0, "other")) >= 0,
    };

    /// <summary>The test of a name; null when there is none.</summary>
    public static Func<Run, object?, Arguments, bool>? Find(string name) => ByName.GetValueOrDefault(name);
}

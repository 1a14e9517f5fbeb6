namespace ThinkRec.Text.Chat.Jinja;

/// <summary><c>a.name</c>: a method or member, else an entry.</summary>
internal sealed record Attribute(int Line, Expression Target, string Member) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope) => Members.Find(scope.Run, Target.Value(scope), Member);
}

/// <summary><c>a[b]</c>.</summary>
internal sealed record Entry(int Line, Expression Target, Expression Index) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope) => (Target.Value(scope), Index.Value(scope)) switch
    {
        (OrderedDictionary<string, object?> map, MarkedText key) => map.TryGetValue(key.Value, out var value) ? value : Members.Find(scope.Run, map, key.Value),
        (List<object?> list, long index) => At(list, index),
        (MarkedText text, long index) => At([.. Values.Items(scope.Run, text)], index),
        (var target, MarkedText key) => Members.Find(scope.Run, target, key.Value),
        (Undefined undefined, _) => throw scope.Run.Problem($"'{undefined.Name}' is not defined, so that it has no entries."),
        (_, var index) => new Undefined(Printer.Print(scope.Run, index).Value),
    };

    private static object? At(List<object?> list, long index)
    {
        var place = index < 0 ? index + list.Count : index;
        return place >= 0 && place < list.Count ? list[(int)place] : new Undefined($"entry {index}");
    }
}

/// <summary><c>a[b:c:d]</c> of a list or text.</summary>
internal sealed record Slice(int Line, Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope)
    {
        var run = scope.Run;
        var target = Target.Value(scope);
        if (target is not (MarkedText or List<object?>))
        {
            throw run.Problem($"{Values.KindOf(target)} has no parts.");
        }

        var items = Values.Items(run, target);
        var step = Bound(scope, Step) ?? 1;
        if (step is 0 or long.MinValue)
        {
            throw run.Problem($"the step of a part is {step}.");
        }

        // As in Python: from the end when negative, and never beyond either end.
        var (low, high) = step > 0 ? (0L, (long)items.Count) : (-1L, items.Count - 1L);
        long Place(long? bound, long absent) => bound is not { } at ? absent : Math.Clamp(at < 0 ? Math.Max(at, -items.Count - 1L) + items.Count : at, low, high);
        var start = Place(Bound(scope, Start), step > 0 ? low : high);
        var stop = Place(Bound(scope, Stop), step > 0 ? high : low);
        run.Make(8L * items.Count);
        var taken = new List<object?>();
        for (var at = start; step > 0 ? at < stop : at > stop; at += Math.Clamp(step, -items.Count - 1L, items.Count + 1L))
        {
            taken.Add(items[(int)at]);
        }

        return target is MarkedText ? MarkedText.Concat([.. taken.Cast<MarkedText>()]) : taken;
    }

    private static long? Bound(Scope scope, Expression? expression) => expression?.Value(scope) switch
    {
        null => null,
        long whole => whole,
        var other => throw scope.Run.Problem($"expected a whole number as the bound of a part but found {Values.KindOf(other)}."),
    };
}

/// <summary>Arguments as they are written.</summary>
/// <param name="Places">By place.</param>
/// <param name="Names">By name.</param>
internal sealed record ArgumentList(IReadOnlyList<Expression> Places, IReadOnlyList<(string Name, Expression Value)> Names)
{
    /// <summary>No arguments.</summary>
    public static ArgumentList None { get; } = new([], []);

    /// <summary>Works them out.</summary>
    public Arguments Values(Scope scope) => new(
        [.. Places.Select(place => place.Value(scope))], Names.DistinctBy(named => named.Name).ToDictionary(named => named.Name, named => named.Value.Value(scope)));
}

/// <summary><c>a(…)</c>.</summary>
internal sealed record Call(int Line, Expression Target, ArgumentList Arguments) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope) => Target.Value(scope) switch
    {
        Callable function => function(scope.Run, Arguments.Values(scope)),
        Undefined undefined => throw scope.Run.Problem($"'{undefined.Name}' is called, which is not supported or not defined."),
        var other => throw scope.Run.Problem($"{Values.KindOf(other)} is called."),
    };
}

/// <summary><c>a|name(…)</c>.</summary>
internal sealed record Filtered(int Line, Expression Target, Func<Run, object?, Arguments, object?> Filter, ArgumentList Arguments) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope) => Filter(scope.Run, Target.Value(scope), Arguments.Values(scope));
}

/// <summary><c>a is name(…)</c> or <c>a is not name(…)</c>.</summary>
internal sealed record Tested(int Line, Expression Target, Func<Run, object?, Arguments, bool> Test, ArgumentList Arguments, bool IsNegated) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope) => Test(scope.Run, Target.Value(scope), Arguments.Values(scope)) != IsNegated;
}

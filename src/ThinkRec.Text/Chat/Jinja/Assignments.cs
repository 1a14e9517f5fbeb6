namespace ThinkRec.Text.Chat.Jinja;

/// <summary>What is set: a name, a member of a namespace, or several names.</summary>
/// <param name="Names">The names.</param>
/// <param name="Member">The member of the namespace; null for names.</param>
internal sealed record Target(IReadOnlyList<string> Names, string? Member)
{
    /// <summary>Gives it a value.</summary>
    public void Set(Scope scope, object? value)
    {
        if (Member is not null)
        {
            var bag = scope.Find(Names[0]) as Namespace ?? throw scope.Run.Problem($"'{Names[0]}.{Member}' is set, but '{Names[0]}' is no namespace.");
            bag.Members[Member] = value;
        }
        else if (Names.Count == 1)
        {
            scope.Set(Names[0], value);
        }
        else
        {
            var values = Values.Items(scope.Run, value);
            if (values.Count != Names.Count)
            {
                throw scope.Run.Problem($"expected {Names.Count} values for {string.Join(", ", Names)} but found {values.Count}.");
            }

            for (var i = 0; i < Names.Count; i++)
            {
                scope.Set(Names[i], values[i]);
            }
        }
    }
}

/// <summary><c>{% set a = b %}</c>.</summary>
internal sealed record Set(int Line, Target Target, Expression Value) : Statement(Line)
{
    /// <inheritdoc/>
    protected override Flow Act(Scope scope, Output output)
    {
        Target.Set(scope, Value.Value(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% set a %} … {% endset %}</c>.</summary>
internal sealed record SetBlock(int Line, Target Target, Block Body) : Statement(Line)
{
    /// <inheritdoc/>
    protected override Flow Act(Scope scope, Output output)
    {
        Target.Set(scope, Body.Written(scope.Inner()));
        return Flow.Next;
    }
}

/// <summary><c>{% macro a(b, c=d) %} … {% endmacro %}</c>.</summary>
internal sealed record Macro(int Line, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, Block Body) : Statement(Line)
{
    /// <inheritdoc/>
    protected override Flow Act(Scope scope, Output output)
    {
        scope.Set(Name, (Callable)((run, given) => Call(scope, given)));
        return Flow.Next;
    }

    private MarkedText Call(Scope scope, Arguments given)
    {
        if (given.Places.Count > Parameters.Count || given.Names.Keys.FirstOrDefault(name => Parameters.All(parameter => parameter.Name != name)) is not null)
        {
            throw scope.Run.Problem($"the macro '{Name}' is called with arguments that it does not have.");
        }

        var inner = scope.Inner();
        for (var i = 0; i < Parameters.Count; i++)
        {
            var (name, absent) = Parameters[i];
            inner.Set(name, i < given.Places.Count || given.Names.ContainsKey(name) ? given.Optional(i, name) : absent is null ? new Undefined(name) : absent.Value(inner));
        }

        return Body.Written(inner);
    }
}

/// <summary><c>{% for a in b if c %} … {% else %} … {% endfor %}</c>.</summary>
internal sealed record For(int Line, Target Target, Expression List, Expression? Condition, Block Body, Block? Else) : Statement(Line)
{
    /// <inheritdoc/>
    protected override Flow Act(Scope scope, Output output)
    {
        var items = Values.Items(scope.Run, List.Value(scope));
        if (Condition is not null)
        {
            items = [.. items.Where(item => Values.IsTrue(Condition.Value(With(scope, item))))];
        }

        for (var i = 0; i < items.Count; i++)
        {
            var turn = With(scope, items[i]);
            turn.Set("loop", Loop(scope.Run, items, i));
            if (Body.Execute(turn, output) == Flow.Break)
            {
                break;
            }
        }

        return items.Count == 0 && Else is not null ? Else.Execute(scope.Inner(), output) : Flow.Next;
    }

    private Scope With(Scope scope, object? item)
    {
        var turn = scope.Inner();
        Target.Set(turn, item);
        return turn;
    }

    private static Namespace Loop(Run run, IReadOnlyList<object?> items, int index)
    {
        run.Make(64);
        var loop = new Namespace();
        loop.Members["index"] = index + 1L;
        loop.Members["index0"] = (long)index;
        loop.Members["revindex"] = (long)items.Count - index;
        loop.Members["revindex0"] = items.Count - index - 1L;
        loop.Members["first"] = index == 0;
        loop.Members["last"] = index == items.Count - 1;
        loop.Members["length"] = (long)items.Count;
        loop.Members["previtem"] = index > 0 ? items[index - 1] : new Undefined("loop.previtem");
        loop.Members["nextitem"] = index + 1 < items.Count ? items[index + 1] : new Undefined("loop.nextitem");
        return loop;
    }
}

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>How it goes on after a statement.</summary>
internal enum Flow
{
    /// <summary>With the next one.</summary>
    Next,

    /// <summary>After the innermost loop.</summary>
    Break,

    /// <summary>With the next turn of the innermost loop.</summary>
    Continue,
}

/// <summary>What a template has written so far.</summary>
internal sealed class Output
{
    private readonly List<MarkedText> _texts = [];

    /// <summary>Writes a text.</summary>
    public void Add(Run run, MarkedText text)
    {
        run.Make(text.Length);
        _texts.Add(text);
    }

    /// <summary>All of it.</summary>
    public MarkedText Text() => MarkedText.Concat(_texts);
}

/// <summary>A part of a template that writes or sets something.</summary>
/// <param name="Line">Where it stands.</param>
internal abstract record Statement(int Line)
{
    /// <summary>Carries it out.</summary>
    public Flow Execute(Scope scope, Output output)
    {
        var previous = scope.Run.Enter(Line);
        var flow = Act(scope, output);
        scope.Run.Leave(previous);
        return flow;
    }

    /// <summary>Carries it out; called by <see cref="Execute"/> only.</summary>
    protected abstract Flow Act(Scope scope, Output output);
}

/// <summary>Statements one after the other.</summary>
internal sealed record Block(int Line, IReadOnlyList<Statement> Statements) : Statement(Line)
{
    /// <summary>What the statements write, in a scope of its own.</summary>
    public MarkedText Written(Scope scope)
    {
        var output = new Output();
        Execute(scope, output);
        return output.Text();
    }

    /// <inheritdoc/>
    protected override Flow Act(Scope scope, Output output)
    {
        foreach (var statement in Statements)
        {
            if (statement.Execute(scope, output) is not Flow.Next and var flow)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}

/// <summary>Text between tags.</summary>
internal sealed record Data(int Line, MarkedText Text) : Statement(Line)
{
    /// <inheritdoc/>
    protected override Flow Act(Scope scope, Output output)
    {
        output.Add(scope.Run, Text);
        return Flow.Next;
    }
}

/// <summary><c>{{ a }}</c>.</summary>
internal sealed record Print(int Line, Expression Value) : Statement(Line)
{
    /// <inheritdoc/>
    protected override Flow Act(Scope scope, Output output)
    {
        output.Add(scope.Run, Printer.Print(scope.Run, Value.Value(scope)));
        return Flow.Next;
    }
}

/// <summary><c>{% break %}</c> or <c>{% continue %}</c>.</summary>
internal sealed record Jump(int Line, Flow Flow) : Statement(Line)
{
    /// <inheritdoc/>
    protected override Flow Act(Scope scope, Output output) => Flow;
}

/// <summary><c>{% if a %} … {% elif b %} … {% else %} … {% endif %}</c>.</summary>
internal sealed record If(int Line, IReadOnlyList<(Expression Condition, Block Body)> Cases, Block? Else) : Statement(Line)
{
    /// <inheritdoc/>
    protected override Flow Act(Scope scope, Output output)
    {
        foreach (var (condition, body) in Cases)
        {
            if (Values.IsTrue(condition.Value(scope)))
            {
                return body.Execute(scope, output);
            }
        }

        return Else?.Execute(scope, output) ?? Flow.Next;
    }
}

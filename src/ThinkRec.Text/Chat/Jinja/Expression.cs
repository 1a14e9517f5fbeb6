namespace ThinkRec.Text.Chat.Jinja;

/// <summary>A part of a template that has a value.</summary>
/// <param name="Line">Where it stands.</param>
internal abstract record Expression(int Line)
{
    /// <summary>Works the value out.</summary>
    public object? Value(Scope scope)
    {
        var previous = scope.Run.Enter(Line);
        var value = Compute(scope);
        scope.Run.Leave(previous);
        return value;
    }

    /// <summary>Works the value out; called by <see cref="Value"/> only.</summary>
    protected abstract object? Compute(Scope scope);
}

/// <summary>A value that is written in the template.</summary>
internal sealed record Literal(int Line, object? Constant) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope) => Constant;
}

/// <summary>A name.</summary>
internal sealed record Name(int Line, string Text) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope) => scope.Find(Text);
}

/// <summary><c>[a, b]</c> or <c>(a, b)</c>.</summary>
internal sealed record ListOf(int Line, IReadOnlyList<Expression> Entries) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope)
    {
        scope.Run.Make(8L * Entries.Count);
        return Entries.Select(entry => entry.Value(scope)).ToList();
    }
}

/// <summary><c>{'a': b}</c>.</summary>
internal sealed record MapOf(int Line, IReadOnlyList<(Expression Key, Expression Value)> Members) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope)
    {
        scope.Run.Make(8L * Members.Count);
        return Values.MapOf(Members.Select(member => member.Key.Value(scope) is MarkedText key
            ? (key.Value, member.Value.Value(scope))
            : throw scope.Run.Problem("keys of a mapping must be texts.")));
    }
}

/// <summary><c>not a</c>, <c>-a</c> or <c>+a</c>.</summary>
internal sealed record Unary(int Line, string Sign, Expression Operand) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope)
    {
        var value = Operand.Value(scope);
        return Sign == "not" ? !Values.IsTrue(value) : Operators.Apply(scope.Run, Sign, 0L, value);
    }
}

/// <summary><c>a and b</c> or <c>a or b</c>: the operand that decides.</summary>
internal sealed record Choice(int Line, bool IsOr, Expression Left, Expression Right) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope)
    {
        var left = Left.Value(scope);
        return Values.IsTrue(left) == IsOr ? left : Right.Value(scope);
    }
}

/// <summary><c>a if b else c</c>.</summary>
internal sealed record Conditional(int Line, Expression Condition, Expression Then, Expression? Else) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope) =>
        Values.IsTrue(Condition.Value(scope)) ? Then.Value(scope) : Else is null ? new Undefined("the value of an 'if' without 'else'") : Else.Value(scope);
}

/// <summary>Arithmetic on two values.</summary>
internal sealed record Arithmetic(int Line, string Sign, Expression Left, Expression Right) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope) => Operators.Apply(scope.Run, Sign, Left.Value(scope), Right.Value(scope));
}

/// <summary><c>a ~ b ~ c</c>.</summary>
internal sealed record Joined(int Line, IReadOnlyList<Expression> Parts) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope)
    {
        var texts = Parts.Select(part => Printer.Print(scope.Run, part.Value(scope))).ToList();
        scope.Run.Make(texts.Sum(text => (long)text.Length));
        return MarkedText.Concat(texts);
    }
}

/// <summary>A chain of comparisons.</summary>
internal sealed record Comparison(int Line, Expression First, IReadOnlyList<(string Sign, Expression Operand)> Rest) : Expression(Line)
{
    /// <inheritdoc/>
    protected override object? Compute(Scope scope)
    {
        var left = First.Value(scope);
        foreach (var (sign, operand) in Rest)
        {
            var right = operand.Value(scope);
            var run = scope.Run;
            var isTrue = sign switch
            {
                "==" => Values.AreEqual(run, left, right),
                "!=" => !Values.AreEqual(run, left, right),
                "in" => Operators.IsIn(run, left, right),
                "not in" => !Operators.IsIn(run, left, right),
                "<" => Operators.Order(run, left, right) < 0,
                "<=" => Operators.Order(run, left, right) <= 0,
                ">" => Operators.Order(run, left, right) > 0,
                _ => Operators.Order(run, left, right) >= 0,
            };
            if (!isTrue)
            {
                return false;
            }

            left = right;
        }

        return true;
    }
}

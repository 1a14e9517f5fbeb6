using System.Globalization;

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>Reads expressions. Source: jinja2 3.1 <c>parser.py</c>, from which the ranks of operators are.</summary>
internal sealed class ExpressionParser(TokenCursor cursor)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>Reads an expression.</summary>
    /// <param name="hasCondition">Whether <c>a if b</c> belongs to it.</param>
    public Expression Read(bool hasCondition = true)
    {
        cursor.Enter();
        var expression = Or();
        while (hasCondition && cursor.IsName("if"))
        {
            var line = cursor.Take().Line;
            var condition = Or();
            expression = new Conditional(line, condition, expression, cursor.TakeName("else") ? Read() : null);
        }

        cursor.Leave();
        return expression;
    }

    /// <summary>Reads an expression, or several with commas between them, which are a list.</summary>
    public Expression ReadTuple(bool hasCondition = true)
    {
        var first = Read(hasCondition);
        if (!cursor.IsSign(","))
        {
            return first;
        }

        List<Expression> entries = [first];
        while (cursor.TakeSign(",") && cursor.Current.Kind != TokenKind.TagEnd && !cursor.IsSign(")"))
        {
            entries.Add(Read(hasCondition));
        }

        return new ListOf(first.Line, entries);
    }

    /// <summary>Reads the filters that follow.</summary>
    public Expression Filters(Expression expression)
    {
        while (cursor.TakeSign("|"))
        {
            var name = cursor.Expect(TokenKind.Name, "the name of a filter");
            var filter = Jinja.Filters.Find(name.Value) ?? throw cursor.Problem($"the filter '{name.Value}' is not supported.");
            expression = new Filtered(name.Line, expression, filter, cursor.TakeSign("(") ? Arguments() : ArgumentList.None);
        }

        return expression;
    }

    private Expression Or()
    {
        var left = And();
        while (cursor.IsName("or"))
        {
            left = new Choice(cursor.Take().Line, true, left, And());
        }

        return left;
    }

    private Expression And()
    {
        var left = Not();
        while (cursor.IsName("and"))
        {
            left = new Choice(cursor.Take().Line, false, left, Not());
        }

        return left;
    }

    private Expression Not()
    {
        if (!cursor.IsName("not"))
        {
            return Comparison();
        }

        cursor.Enter();
        var negated = new Unary(cursor.Take().Line, "not", Not());
        cursor.Leave();
        return negated;
    }

    private Expression Comparison()
    {
        var first = Sum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (cursor.Current.Kind == TokenKind.Sign && Comparisons.Contains(cursor.Current.Value))
            {
                rest.Add((cursor.Take().Value, Sum()));
            }
            else if (cursor.TakeName("in"))
            {
                rest.Add(("in", Sum()));
            }
            else if (cursor.AreNames("not", "in"))
            {
                cursor.Take();
                cursor.Take();
                rest.Add(("not in", Sum()));
            }
            else
            {
                return rest.Count == 0 ? first : new Comparison(first.Line, first, rest);
            }
        }
    }

    private Expression Sum()
    {
        var left = Concatenation();
        while (cursor.IsSign("+") || cursor.IsSign("-"))
        {
            var sign = cursor.Take();
            left = new Arithmetic(sign.Line, sign.Value, left, Concatenation());
        }

        return left;
    }

    private Expression Concatenation()
    {
        List<Expression> parts = [Product()];
        while (cursor.TakeSign("~"))
        {
            parts.Add(Product());
        }

        return parts.Count == 1 ? parts[0] : new Joined(parts[0].Line, parts);
    }

    private Expression Product()
    {
        var left = Signed();
        while (cursor.IsSign("*") || cursor.IsSign("/") || cursor.IsSign("//") || cursor.IsSign("%"))
        {
            var sign = cursor.Take();
            left = new Arithmetic(sign.Line, sign.Value, left, Signed());
        }

        return left;
    }

    private Expression Signed(bool hasFilters = true)
    {
        Expression expression;
        if (cursor.IsSign("-") || cursor.IsSign("+"))
        {
            cursor.Enter();
            var sign = cursor.Take();
            expression = new Unary(sign.Line, sign.Value, Signed(hasFilters: false));
            cursor.Leave();
        }
        else
        {
            expression = Accesses(Primary());
        }

        return hasFilters ? FiltersAndTests(expression) : expression;
    }

    private Expression FiltersAndTests(Expression expression)
    {
        while (true)
        {
            if (cursor.IsSign("|"))
            {
                expression = Filters(expression);
            }
            else if (cursor.IsName("is"))
            {
                expression = Test(expression);
            }
            else if (cursor.IsSign("("))
            {
                expression = new Call(cursor.Take().Line, expression, Arguments());
            }
            else
            {
                return expression;
            }
        }
    }

    private Tested Test(Expression target)
    {
        var line = cursor.Take().Line;
        var isNegated = cursor.TakeName("not");
        var name = cursor.Expect(TokenKind.Name, "the name of a test").Value;
        var test = Tests.Find(name) ?? throw cursor.Problem($"the test '{name}' is not supported.");
        var hasOperand = cursor.Current.Kind is TokenKind.Text or TokenKind.Number || cursor.IsSign("[") || cursor.IsSign("{")
            || (cursor.Current.Kind == TokenKind.Name && cursor.Current.Value is not ("else" or "or" or "and" or "is" or "if" or "not" or "in"));
        var arguments = cursor.TakeSign("(") ? Arguments() : hasOperand ? new ArgumentList([Accesses(Primary())], []) : ArgumentList.None;
        return new Tested(line, target, test, arguments, isNegated);
    }

    private Expression Primary()
    {
        var token = cursor.Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Value switch
                {
                    "true" or "True" => new Literal(token.Line, true),
                    "false" or "False" => new Literal(token.Line, false),
                    "none" or "None" => new Literal(token.Line, null),
                    _ => new Name(token.Line, token.Value),
                };
            case TokenKind.Text:
                var text = token.Value;
                while (cursor.Current.Kind == TokenKind.Text)
                {
                    text += cursor.Take().Value;
                }

                return new Literal(token.Line, MarkedText.Trusted(text));
            case TokenKind.Number:
                return new Literal(token.Line, Number(token));
            case TokenKind.Sign when token.Value is "(" or "[" or "{":
                return Brackets(token);
            default:
                throw new ChatTemplateException(cursor.File, token.Line, token.Kind == TokenKind.Sign ? $"expected a value but found '{token.Value}'." : "expected a value but the tag ends.");
        }
    }

    private object Number(Token token) => token.Value.Contains('.', StringComparison.Ordinal)
        ? (object)double.Parse(token.Value, CultureInfo.InvariantCulture)
        : long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole : throw cursor.Problem($"the number {token.Value[..19]}… is beyond what is computed with.");

    private Expression Brackets(Token open)
    {
        if (open.Value == "(")
        {
            var inner = cursor.IsSign(")") ? new ListOf(open.Line, []) : ReadTuple();
            cursor.ExpectSign(")");
            return inner;
        }

        var close = open.Value == "[" ? "]" : "}";
        var entries = new List<(Expression Key, Expression Value)>();
        while (!cursor.TakeSign(close))
        {
            if (entries.Count > 0)
            {
                cursor.ExpectSign(",");
                if (cursor.TakeSign(close))
                {
                    break;
                }
            }

            var key = Read();
            if (close == "}")
            {
                cursor.ExpectSign(":");
            }

            entries.Add((key, close == "}" ? Read() : key));
        }

        return close == "]" ? new ListOf(open.Line, [.. entries.Select(entry => entry.Value)]) : new MapOf(open.Line, entries);
    }

    private Expression Accesses(Expression expression)
    {
        while (true)
        {
            var line = cursor.Current.Line;
            if (cursor.TakeSign("."))
            {
                expression = cursor.Current.Kind == TokenKind.Number
                    ? new Entry(line, expression, new Literal(line, Number(cursor.Take())))
                    : new Attribute(line, expression, cursor.Expect(TokenKind.Name, "the name of a member").Value);
            }
            else if (cursor.TakeSign("["))
            {
                expression = EntryOrSlice(line, expression);
                cursor.ExpectSign("]");
            }
            else if (cursor.TakeSign("("))
            {
                expression = new Call(line, expression, Arguments());
            }
            else
            {
                return expression;
            }
        }
    }

    private Expression EntryOrSlice(int line, Expression target)
    {
        Expression? Bound() => cursor.IsSign(":") || cursor.IsSign("]") ? null : Read();
        var start = Bound();
        if (!cursor.TakeSign(":"))
        {
            return new Entry(line, target, start ?? throw cursor.Unexpected("a value"));
        }

        var stop = Bound();
        return new Slice(line, target, start, stop, cursor.TakeSign(":") ? Bound() : null);
    }

    private ArgumentList Arguments()
    {
        var places = new List<Expression>();
        var names = new List<(string, Expression)>();
        while (!cursor.TakeSign(")"))
        {
            if (places.Count + names.Count > 0)
            {
                cursor.ExpectSign(",");
                if (cursor.TakeSign(")"))
                {
                    break;
                }
            }

            if (cursor.Current.Kind == TokenKind.Name && cursor.IsSignNext("="))
            {
                var name = cursor.Take().Value;
                cursor.Take();
                names.Add((name, Read()));
            }
            else
            {
                places.Add(names.Count == 0 ? Read() : throw cursor.Unexpected("a named argument"));
            }
        }

        return new ArgumentList(places, names);
    }
}

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>Reads a template's statements. Source: jinja2 3.1 <c>parser.py</c> and <c>ext.py</c>.</summary>
internal sealed class StatementParser
{
    private readonly TokenCursor _cursor;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private StatementParser(TokenCursor cursor) => (_cursor, _expressions) = (cursor, new ExpressionParser(cursor));

    /// <summary>Reads a template.</summary>
    /// <param name="file">Where it is from.</param>
    /// <param name="source">Its text.</param>
    public static Block Read(string file, string source)
    {
        var parser = new StatementParser(new TokenCursor(file, Lexer.Read(file, source)));
        return parser.Body(out _);
    }

    // Reads to the statement that is one of the ends, and takes its name.
    private Block Body(out string end, params string[] ends)
    {
        _cursor.Enter();
        var line = _cursor.Current.Line;
        var statements = new List<Statement>();
        while (true)
        {
            var token = _cursor.Current;
            switch (token.Kind)
            {
                case TokenKind.End when ends.Length == 0:
                    end = "";
                    return Done(line, statements);
                case TokenKind.Data:
                    statements.Add(new Data(token.Line, MarkedText.Trusted(_cursor.Take().Value)));
                    break;
                case TokenKind.PrintBegin:
                    _cursor.Take();
                    statements.Add(new Print(token.Line, _expressions.ReadTuple()));
                    EndTag();
                    break;
                case TokenKind.StatementBegin:
                    _cursor.Take();
                    if (_cursor.Current.Kind == TokenKind.Name && ends.Contains(_cursor.Current.Value))
                    {
                        end = _cursor.Take().Value;
                        return Done(line, statements);
                    }

                    statements.Add(Statement());
                    break;
                default:
                    throw _cursor.Unexpected($"'{{% {ends[^1]} %}}' for the statement of line {line}");
            }
        }
    }

    private Block Done(int line, List<Statement> statements)
    {
        _cursor.Leave();
        return new Block(line, statements);
    }

    private Statement Statement()
    {
        var name = _cursor.Expect(TokenKind.Name, "the name of a statement");
        switch (name.Value)
        {
            case "if":
                return If(name.Line);
            case "for":
                return For(name.Line);
            case "set":
                return Set(name.Line);
            case "macro":
                return Macro(name.Line);
            case "generation":
                EndTag();
                var body = Body(out _, "endgeneration"); // transformers marks the assistant's words by it; it writes nothing itself
                EndTag();
                return body;
            case "break" or "continue" when _loops > 0:
                EndTag();
                return new Jump(name.Line, name.Value == "break" ? Flow.Break : Flow.Continue);
            default:
                throw _cursor.Problem($"the statement '{name.Value}' is not supported here; if, for, set, macro, generation and, in loops, break and continue are.");
        }
    }

    private If If(int line)
    {
        var cases = new List<(Expression, Block)>();
        Block? otherwise = null;
        for (var end = "elif"; end != "endif";)
        {
            if (end == "elif")
            {
                var condition = _expressions.ReadTuple();
                EndTag();
                cases.Add((condition, Body(out end, "elif", "else", "endif")));
            }
            else
            {
                EndTag();
                otherwise = Body(out end, "endif");
            }
        }

        EndTag();
        return new If(line, cases, otherwise);
    }

    private For For(int line)
    {
        var target = ReadTarget(hasMember: false);
        if (!_cursor.TakeName("in"))
        {
            throw _cursor.Unexpected("'in'");
        }

        var list = _expressions.ReadTuple(hasCondition: false);
        var condition = _cursor.TakeName("if") ? _expressions.Read() : null;
        EndTag();
        _loops++;
        var body = Body(out var end, "else", "endfor");
        _loops--;
        Block? otherwise = null;
        if (end == "else")
        {
            EndTag();
            otherwise = Body(out _, "endfor");
        }

        EndTag();
        return new For(line, target, list, condition, body, otherwise);
    }

    private Statement Set(int line)
    {
        var target = ReadTarget(hasMember: true);
        if (_cursor.TakeSign("="))
        {
            var value = _expressions.ReadTuple();
            EndTag();
            return new Set(line, target, value);
        }

        EndTag();
        var loops = _loops;
        _loops = 0;
        var body = Body(out _, "endset");
        _loops = loops;
        EndTag();
        return new SetBlock(line, target, body);
    }

    private Macro Macro(int line)
    {
        var name = _cursor.Expect(TokenKind.Name, "the name of the macro").Value;
        var parameters = new List<(string, Expression?)>();
        _cursor.ExpectSign("(");
        while (!_cursor.TakeSign(")"))
        {
            if (parameters.Count > 0)
            {
                _cursor.ExpectSign(",");
            }

            var parameter = _cursor.Expect(TokenKind.Name, "the name of a parameter").Value;
            parameters.Add((parameter, _cursor.TakeSign("=") ? _expressions.Read() : null));
        }

        EndTag();
        var loops = _loops;
        _loops = 0;
        var body = Body(out _, "endmacro");
        _loops = loops;
        EndTag();
        return new Macro(line, name, parameters, body);
    }

    private Target ReadTarget(bool hasMember)
    {
        var isBracketed = _cursor.TakeSign("(");
        var names = new List<string>();
        do
        {
            names.Add(_cursor.Expect(TokenKind.Name, "a name").Value);
        }
        while (_cursor.TakeSign(","));

        if (isBracketed)
        {
            _cursor.ExpectSign(")");
        }

        var member = hasMember && names.Count == 1 && _cursor.TakeSign(".") ? _cursor.Expect(TokenKind.Name, "the name of a member").Value : null;
        return new Target(names, member);
    }

    private void EndTag() => _cursor.Expect(TokenKind.TagEnd, "the end of the tag");
}

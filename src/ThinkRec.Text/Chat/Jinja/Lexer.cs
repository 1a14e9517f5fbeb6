using System.Buffers;

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    /// <summary>Text between tags.</summary>
    Data,

    /// <summary>Beginning of something to print.</summary>
    PrintBegin,

    /// <summary>Beginning of a statement.</summary>
    StatementBegin,

    /// <summary>End of a tag.</summary>
    TagEnd,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A text in quotes, without them.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>An operator or bracket.</summary>
    Sign,

    /// <summary>End of the template.</summary>
    End,
}

/// <summary>A piece of a template's source.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">Its text.</param>
/// <param name="Line">Its line, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Value, int Line);

/// <summary>Cuts a template into tokens, with white space treated as transformers sets it: <c>trim_blocks</c> and <c>lstrip_blocks</c> on.</summary>
/// <remarks>Source: jinja2 3.1 <c>lexer.py</c>; transformers <c>chat_template_utils.py</c>.</remarks>
internal sealed class Lexer
{
    private static readonly string[] Signs = ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ","];

    private static readonly SearchValues<char> Spaces = SearchValues.Create([.. Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(Strings.IsSpace)]);

    private readonly string _file;
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;
    private int _lineKnownAt;

    private Lexer(string file, string source)
    {
        _file = file;
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _source = source.EndsWith('\n') ? source[..^1] : source;
    }

    /// <summary>Cuts a template.</summary>
    public static List<Token> Read(string file, string source)
    {
        var lexer = new Lexer(file, source);
        while (lexer._at < lexer._source.Length)
        {
            lexer.ReadDataAndTag();
        }

        lexer.Add(TokenKind.End, "");
        return lexer._tokens;
    }

    private void ReadDataAndTag()
    {
        var begin = _at;
        do
        {
            begin = _source.IndexOf('{', begin);
        }
        while (begin >= 0 && begin + 1 < _source.Length && _source[begin + 1] is not ('{' or '%' or '#') && ++begin > 0);

        if (begin < 0 || begin + 1 >= _source.Length)
        {
            AddData(_source[_at..]);
            _at = _source.Length;
            return;
        }

        var kind = _source[begin + 1];
        var control = begin + 2 < _source.Length && _source[begin + 2] is '-' or '+' ? _source[begin + 2] : ' ';
        AddData(TrimmedBefore(_source[_at..begin], kind, control));
        _at = begin;
        if (kind == '#')
        {
            SkipComment(begin + (control == ' ' ? 2 : 3));
            return;
        }

        Add(kind == '{' ? TokenKind.PrintBegin : TokenKind.StatementBegin, "");
        _at = begin + (control == ' ' ? 2 : 3);
        ReadTag(kind == '{' ? "}}" : "%}");
    }

    private string TrimmedBefore(string text, char kind, char control)
    {
        var end = text.Length;
        if (control == '-')
        {
            while (end > 0 && Strings.IsSpace(text[end - 1]))
            {
                end--;
            }
        }
        else if (control != '+' && kind != '{')
        {
            var lineStart = text.LastIndexOf('\n') + 1;
            var isLineStart = lineStart > 0 || _at == 0 || _source[_at - 1] == '\n';
            end = isLineStart && text.AsSpan(lineStart).IndexOfAnyExcept(Spaces) < 0 ? lineStart : end;
        }

        return text[..end];
    }

    private void SkipComment(int from)
    {
        var end = _source.IndexOf("#}", Math.Min(from, _source.Length), StringComparison.Ordinal);
        if (end < 0)
        {
            throw Problem("a comment has no end; expected '#}'.");
        }

        var control = end > from ? _source[end - 1] : ' ';
        _at = end + 2;
        SkipAfter(control, isPrint: false);
    }

    private void SkipAfter(char control, bool isPrint)
    {
        while (control == '-' && _at < _source.Length && Strings.IsSpace(_source[_at]))
        {
            _at++;
        }

        if (control is not ('-' or '+') && !isPrint && _at < _source.Length && _source[_at] == '\n')
        {
            _at++;
        }
    }

    private void ReadTag(string end)
    {
        var open = 0;
        while (true)
        {
            while (_at < _source.Length && Strings.IsSpace(_source[_at]))
            {
                _at++;
            }

            if (_at >= _source.Length)
            {
                throw Problem($"the template ends within a tag; expected '{end}'.");
            }

            var control = _source[_at] is '-' or '+' && string.CompareOrdinal(_source, _at + 1, end, 0, 2) == 0 ? _source[_at] : ' ';
            if (open == 0 && (control != ' ' || string.CompareOrdinal(_source, _at, end, 0, 2) == 0))
            {
                Add(TokenKind.TagEnd, "");
                _at += control == ' ' ? 2 : 3;
                SkipAfter(control, isPrint: end == "}}");
                return;
            }

            ReadToken();
            open += _tokens[^1] is { Kind: TokenKind.Sign, Value: "(" or "[" or "{" } ? 1 : _tokens[^1] is { Kind: TokenKind.Sign, Value: ")" or "]" or "}" } ? -1 : 0;
            if (open < 0)
            {
                throw Problem($"'{_tokens[^1].Value}' closes nothing.");
            }
        }
    }

    private void ReadToken()
    {
        var first = _source[_at];
        var start = _at;
        if (char.IsAsciiDigit(first))
        {
            _at = NumberEnd(start);
            Add(TokenKind.Number, _source[start.._at].Replace("_", "", StringComparison.Ordinal));
        }
        else if (char.IsLetter(first) || first == '_')
        {
            while (_at < _source.Length && (char.IsLetterOrDigit(_source[_at]) || _source[_at] == '_'))
            {
                _at++;
            }

            Add(TokenKind.Name, _source[start.._at]);
        }
        else if (first is '\'' or '"')
        {
            Add(TokenKind.Text, Quotes.Read(_source, ref _at) ?? throw Problem("a text has no closing quote."));
        }
        else
        {
            var sign = Signs.FirstOrDefault(sign => string.CompareOrdinal(_source, start, sign, 0, sign.Length) == 0)
                ?? throw Problem($"'{first}' (U+{(int)first:X4}) does not belong in an expression.");
            Add(TokenKind.Sign, sign);
            _at += sign.Length;
        }
    }

    private int NumberEnd(int at)
    {
        bool IsDigit(int place) => place < _source.Length && char.IsAsciiDigit(_source[place]);
        int Digits(int place)
        {
            while (IsDigit(place) || (place < _source.Length && _source[place] == '_' && IsDigit(place + 1)))
            {
                place++;
            }

            return place;
        }

        at = Digits(at);
        if (_tokens[^1] is { Kind: TokenKind.Sign, Value: "." } || at >= _source.Length || _source[at] != '.' || !IsDigit(at + 1))
        {
            return at;
        }

        return Digits(at + 1);
    }

    private void AddData(string text)
    {
        if (text.Length > 0)
        {
            Add(TokenKind.Data, text);
        }
    }

    private void Add(TokenKind kind, string value) => _tokens.Add(new Token(kind, value, Line()));

    private int Line()
    {
        for (; _lineKnownAt < _at; _lineKnownAt++)
        {
            _line += _source[_lineKnownAt] == '\n' ? 1 : 0;
        }

        return _line;
    }

    private ChatTemplateException Problem(string problem) => new(_file, Line(), problem);
}

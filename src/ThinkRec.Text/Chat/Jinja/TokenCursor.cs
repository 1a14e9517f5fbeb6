namespace ThinkRec.Text.Chat.Jinja;

/// <summary>Goes through the tokens of a template.</summary>
/// <param name="file">Where the template is from.</param>
/// <param name="tokens">The tokens, of which the last is the end.</param>
internal sealed class TokenCursor(string file, IReadOnlyList<Token> tokens)
{
    private const int MaxDepth = 100; // brackets, operators of one rank and statements within each other
    private int _at;
    private int _depth;

    /// <summary>Where the template is from.</summary>
    public string File => file;

    /// <summary>The token in turn.</summary>
    public Token Current => tokens[_at];

    /// <summary>Takes the token in turn.</summary>
    public Token Take()
    {
        var token = Current;
        _at = Math.Min(_at + 1, tokens.Count - 1);
        return token;
    }

    /// <summary>Whether the token in turn is this sign.</summary>
    public bool IsSign(string sign) => Current.Kind == TokenKind.Sign && Current.Value == sign;

    /// <summary>Whether the token in turn is this name.</summary>
    public bool IsName(string name) => Current.Kind == TokenKind.Name && Current.Value == name;

    /// <summary>Whether two tokens from here on are these names.</summary>
    public bool AreNames(string first, string second) => IsName(first) && tokens[Math.Min(_at + 1, tokens.Count - 1)] is { Kind: TokenKind.Name } next && next.Value == second;

    /// <summary>Whether the token after the one in turn is this sign.</summary>
    public bool IsSignNext(string sign) => tokens[Math.Min(_at + 1, tokens.Count - 1)] is { Kind: TokenKind.Sign } next && next.Value == sign;

    /// <summary>Takes the token in turn if it is this sign.</summary>
    public bool TakeSign(string sign) => IsSign(sign) && Take().Line > 0;

    /// <summary>Takes the token in turn if it is this name.</summary>
    public bool TakeName(string name) => IsName(name) && Take().Line > 0;

    /// <summary>Takes a sign that must be in turn.</summary>
    public void ExpectSign(string sign)
    {
        if (!TakeSign(sign))
        {
            throw Unexpected($"'{sign}'");
        }
    }

    /// <summary>Takes a token that must be in turn.</summary>
    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Take() : throw Unexpected(what);

    /// <summary>Goes a level down.</summary>
    public void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw Problem($"the template nests deeper than {MaxDepth} levels.");
        }
    }

    /// <summary>Comes back up.</summary>
    public void Leave() => _depth--;

    /// <summary>Makes the exception for a token that does not fit.</summary>
    public ChatTemplateException Unexpected(string expected)
    {
        var found = Current.Kind switch
        {
            TokenKind.End => "the end of the template",
            TokenKind.TagEnd => "the end of the tag",
            TokenKind.Data => "text",
            TokenKind.PrintBegin => "'{{'",
            TokenKind.StatementBegin => "'{%'",
            _ => $"'{(Current.Value.Length <= 40 ? Current.Value : Current.Value[..40] + "…")}'",
        };
        return Problem($"expected {expected} but found {found}.");
    }

    /// <summary>Makes the exception for the token in turn.</summary>
    public ChatTemplateException Problem(string problem) => new(file, Current.Line, problem);
}

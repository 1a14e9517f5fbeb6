namespace ThinkRec.Text.Bpe;

/// <summary>What one tokenizer consists of: entries, merges, special tokens and their roles. Immutable.</summary>
internal sealed class Vocabulary
{
    /// <summary>Content of the token that stands for a collaborative vector in our files.</summary>
    public const string Placeholder = "<|vector|>";

    private readonly Dictionary<string, int> _ids; // by the spelling; added tokens by their content
    private readonly Spelling _spelling;

    /// <summary>Makes a vocabulary of checked parts.</summary>
    /// <param name="tokens">Entry by id; null where an id is not used.</param>
    /// <param name="merges">Ids of left part, right part and result, in order of priority.</param>
    /// <param name="roles">The special tokens that the model's code refers to.</param>
    /// <param name="spelling">How entries are written; GPT-2's when null.</param>
    public Vocabulary(
        Token?[] tokens, IReadOnlyList<(int Left, int Right, int Result)> merges, Roles roles, Spelling? spelling = null)
    {
        (Tokens, Merges, SpecialRoles, _spelling) = (tokens, merges, roles, spelling ?? Spelling.ByteLevel);
        _ids = new Dictionary<string, int>(tokens.Length, StringComparer.Ordinal);
        for (var id = 0; id < tokens.Length; id++)
        {
            if (tokens[id] is { } token)
            {
                _ids.Add(token.Spelling, id);
            }
        }
    }

    /// <summary>Entry by id; null where an id is not used.</summary>
    public Token?[] Tokens { get; }

    /// <summary>Ids of left part, right part and result, in order of priority.</summary>
    public IReadOnlyList<(int Left, int Right, int Result)> Merges { get; }

    /// <summary>The special tokens that the model's code refers to.</summary>
    public Roles SpecialRoles { get; }

    /// <summary>Id by byte; every byte is a token.</summary>
    public int[] ByteIds() =>
        [.. Enumerable.Range(0, 256).Select(value => _ids[ByteAlphabet.ToCharacter((byte)value).ToString()])];

    /// <summary>Id of the entry with this text.</summary>
    public int? Find(string content)
    {
        if (_ids.TryGetValue(content, out var added) && Tokens[added]!.IsAdded)
        {
            return added;
        }

        var spelling = _spelling.Write(content);
        return _ids.TryGetValue(spelling, out var id) && !Tokens[id]!.IsAdded ? id : null;
    }

    /// <summary>One entry.</summary>
    /// <param name="Spelling">As written in the file, or an added token's plain text.</param>
    /// <param name="Bytes">The UTF-8 bytes it stands for.</param>
    /// <param name="IsAdded">Whether it is not learnt but named, as in added_tokens; plain text never yields it.</param>
    /// <param name="IsSpecial">Whether it is a control token, left out of decoded text.</param>
    /// <param name="Edges">What an added token takes of the text around it.</param>
    public sealed record Token(string Spelling, byte[] Bytes, bool IsAdded, bool IsSpecial, TokenEdges Edges = TokenEdges.None);

    /// <summary>Ids of the special tokens that the model's code refers to.</summary>
    public sealed record Roles(int Begin, int End, int Padding, int Placeholder);
}

using System.Text;
using ThinkRec.Text.Bpe;
using static ThinkRec.Text.Formats.JsonSource;

namespace ThinkRec.Text.Formats;

/// <summary>Gathers entries, merges and added tokens of a file and checks them, so that no later step can meet a surprise.</summary>
/// <param name="file">The file, for complaints.</param>
/// <param name="spelling">How it writes entries.</param>
/// <param name="added">The tokens that it names beside its entries.</param>
internal sealed class VocabularyBuilder(InputFile file, Spelling spelling, IReadOnlyList<AddedToken> added)
{
    /// <summary>Ids are below this.</summary>
    public const int MaxSize = 1 << 20;
    private const int MaxMerges = 1 << 21;
    private const int MaxTokenLength = 4096;
    private readonly HashSet<string> _addedContents = [.. added.Select(token => token.Content)];
    private readonly SortedDictionary<int, Vocabulary.Token> _tokens = [];
    private readonly List<(int Left, int Right, int Result)> _merges = [];
    private readonly PairMap _merged = new();
    private readonly HashSet<int> _reachable = []; // what encoding plain text can yield

    /// <summary>Ids by spelling, of all entries.</summary>
    public Dictionary<string, int> Ids { get; } = new(StringComparer.Ordinal);

    /// <summary>Ids by spelling, of entries that are not added tokens.</summary>
    public Dictionary<string, int> Texts { get; } = new(StringComparer.Ordinal);

    /// <summary>The merges, in order of priority.</summary>
    public IReadOnlyList<(int Left, int Right, int Result)> Merges => _merges;

    /// <summary>Whether a merge joins the end of a word with the mark of the next.</summary>
    public bool CrossesWords { get; private set; }

    /// <summary>Adds an entry.</summary>
    public void AddEntry(string entry, int id, string key)
    {
        CheckLength(entry, key);
        if (!Ids.TryAdd(entry, id))
        {
            throw file.Problem(key, $"'{Shorten(entry)}' is there twice.");
        }

        if (_addedContents.Contains(entry))
        {
            return; // becomes a token with the added ones
        }

        var bytes = spelling.Read(entry)
            ?? throw file.Problem(key, "the entry has a character outside the byte-level alphabet.");
        if (!_tokens.TryAdd(id, new Vocabulary.Token(entry, bytes, IsAdded: false, IsSpecial: false)))
        {
            throw file.Problem(key, $"id {id} is also that of '{Shorten(_tokens[id].Spelling)}'.");
        }

        Texts.Add(entry, id);
    }

    /// <summary>Ids of the 256 bytes, each of which must be an entry of its own.</summary>
    /// <param name="key">Where the entries are, for complaints.</param>
    /// <param name="write">The spelling of a byte.</param>
    public int[] RequireBytes(string key, Func<byte, string> write)
    {
        var ids = new int[256];
        for (var value = 0; value < 256; value++)
        {
            var entry = write((byte)value);
            ids[value] = Texts.TryGetValue(entry, out var id)
                ? id
                : throw file.Problem(key, $"byte 0x{value:X2} ('{entry}') has no entry of its own.");
            _reachable.Add(id);
        }

        return ids;
    }

    /// <summary>Ids of the entries of one character.</summary>
    public Dictionary<string, int> Characters()
    {
        var characters = Texts.Where(entry => entry.Key.Length == (char.IsHighSurrogate(entry.Key[0]) ? 2 : 1))
            .ToDictionary(StringComparer.Ordinal);
        _reachable.UnionWith(characters.Values);
        return characters;
    }

    /// <summary>Adds a merge after all others.</summary>
    public void AddMerge(string left, string right, string key)
    {
        if (_merges.Count == MaxMerges)
        {
            throw file.Problem(key, $"more than the {MaxMerges} merges that are read.");
        }

        var merge = (Left: IdOf(left, key), Right: IdOf(right, key), Result: IdOf(left + right, key));
        if (!_merged.TryAdd(MergeTable.Key(merge.Left, merge.Right), 0, 0))
        {
            throw file.Problem(key, $"'{Shorten(left)}' and '{Shorten(right)}' are merged twice.");
        }

        _reachable.Add(merge.Result);
        CrossesWords |= right[0] == '\u2581' && left[^1] != '\u2581';
        _merges.Add(merge);
    }

    /// <summary>Adds the added tokens, gives the roles and makes the vocabulary.</summary>
    /// <param name="config">What lies beside the file.</param>
    public Vocabulary Build(TokenizerConfig config)
    {
        AddTokens();
        var roles = RoleReader.Read(file, config, _tokens);
        var tokens = new Vocabulary.Token?[_tokens.Keys.Max() + 1];
        foreach (var (id, token) in _tokens)
        {
            tokens[id] = token;
        }

        return new Vocabulary(tokens, _merges, roles, spelling);
    }

    private int IdOf(string entry, string key) => entry.Length > 0 && Ids.TryGetValue(entry, out var id)
        ? id
        : throw file.Problem(key, $"'{Shorten(entry)}' is not in the vocabulary.");

    private void AddTokens()
    {
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in added)
        {
            CheckLength(token.Content, $"{token.Key}.content");
            if (!contents.Add(token.Content))
            {
                throw file.Problem(token.Key, $"'{Shorten(token.Content)}' is added twice.");
            }

            if (Ids.TryGetValue(token.Content, out var other) && other != token.Id)
            {
                throw file.Problem(token.Key, $"'{Shorten(token.Content)}' has id {token.Id} here but {other} in the vocabulary.");
            }

            if (_reachable.Contains(token.Id))
            {
                throw file.Problem(token.Key, $"'{Shorten(token.Content)}' is a byte or a merge, so plain text would yield it.");
            }

            var bytes = Encoding.UTF8.GetBytes(token.Content);
            if (!_tokens.TryAdd(token.Id, new Vocabulary.Token(token.Content, bytes, IsAdded: true, token.IsSpecial, token.Edges)))
            {
                throw file.Problem($"{token.Key}.id", $"id {token.Id} is also that of '{Shorten(_tokens[token.Id].Spelling)}'.");
            }
        }
    }

    private void CheckLength(string text, string key)
    {
        if (text.Length is 0 or > MaxTokenLength)
        {
            throw file.Problem(key, $"a token has 1 to {MaxTokenLength} characters, this one {text.Length}.");
        }
    }
}

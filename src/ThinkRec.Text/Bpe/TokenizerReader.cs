using System.Text;
using System.Text.Json;
using static ThinkRec.Text.Bpe.JsonSource;

namespace ThinkRec.Text.Bpe;

/// <summary>Reads tokenizer.json and checks all of it, so that no later step can meet a surprise.</summary>
internal sealed class TokenizerReader
{
    private const int MaxBytes = 32 << 20;
    private const int MaxVocabulary = 1 << 20;
    private const int MaxMerges = 1 << 21;
    private const int MaxTokenLength = 4096;
    private readonly JsonSource _source;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, Vocabulary.Token> _tokens = [];
    private readonly List<(int Left, int Right, int Result)> _merges = [];
    private readonly HashSet<int> _reachable = []; // what encoding plain text can yield

    private TokenizerReader(string file) => _source = new JsonSource(file);

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">The folder holding tokenizer.json, or the file.</param>
    public static Vocabulary Read(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, TokenizerWriter.TokenizerFile) : path;
        if (!File.Exists(file))
        {
            throw new FileNotFoundException(
                $"{file}: there is no such file. Give the folder with tokenizer.json, or make one with 'thinkrec tokenizer train'.",
                file);
        }

        var reader = new TokenizerReader(file);
        using var document = reader._source.Parse(MaxBytes);
        return reader.Read(document.RootElement);
    }

    private Vocabulary Read(JsonElement root)
    {
        SupportedKind.Check(_source, root);
        var model = root.GetProperty("model");
        var added = ReadAddedContents(root);
        ReadVocabulary(_source.Required(model, "model.vocab", JsonValueKind.Object), added);
        CheckBytes();
        ReadMerges(_source.Required(model, "model.merges", JsonValueKind.Array));
        AddTokens(added);
        var roles = RoleReader.Read(_source, _tokens);
        var tokens = new Vocabulary.Token?[_tokens.Keys.Max() + 1];
        foreach (var (id, token) in _tokens)
        {
            tokens[id] = token;
        }

        return new Vocabulary(tokens, _merges, roles);
    }

    private List<(string Key, int Id, string Content, bool IsSpecial)> ReadAddedContents(JsonElement root)
    {
        var added = new List<(string, int, string, bool)>();
        if (JsonSource.Optional(root, "added_tokens") is not { } list)
        {
            return added;
        }

        _source.Expect(list, "added_tokens", JsonValueKind.Array);
        foreach (var entry in list.EnumerateArray())
        {
            var key = $"added_tokens[{added.Count}]";
            _source.Expect(entry, key, JsonValueKind.Object);
            var id = _source.Id(
                _source.Required(entry, $"{key}.id", JsonValueKind.Number), $"{key}.id", MaxVocabulary);
            var content = _source.Required(entry, $"{key}.content", JsonValueKind.String);
            added.Add((key, id, CheckedText(content, $"{key}.content"), _source.Flag(entry, $"{key}.special")));
        }

        return added;
    }

    private void ReadVocabulary(
        JsonElement vocab, List<(string Key, int Id, string Content, bool IsSpecial)> added)
    {
        var addedContents = added.Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in vocab.EnumerateObject())
        {
            var key = $"model.vocab['{Shorten(entry.Name)}']";
            var id = _source.Id(entry.Value, key, MaxVocabulary);
            CheckLength(entry.Name, key);
            _ids.Add(entry.Name, id);
            if (addedContents.Contains(entry.Name))
            {
                continue; // becomes a token with the added ones
            }

            var bytes = ByteAlphabet.TryRead(entry.Name)
                ?? throw _source.Problem(key, "the entry has a character outside the byte-level alphabet.");
            if (!_tokens.TryAdd(id, new Vocabulary.Token(entry.Name, bytes, IsAdded: false, IsSpecial: false)))
            {
                throw _source.Problem(key, $"id {id} is also that of '{Shorten(_tokens[id].Spelling)}'.");
            }
        }
    }

    private void CheckBytes()
    {
        for (var value = 0; value < 256; value++)
        {
            var spelling = ByteAlphabet.ToCharacter((byte)value).ToString();
            if (!_ids.TryGetValue(spelling, out var id) || !_tokens.ContainsKey(id))
            {
                throw _source.Problem("model.vocab", $"byte 0x{value:X2} ('{spelling}') has no entry of its own.");
            }

            _reachable.Add(id);
        }
    }

    private void ReadMerges(JsonElement merges)
    {
        if (merges.GetArrayLength() > MaxMerges)
        {
            throw _source.Problem("model.merges", $"more than the {MaxMerges} merges that are read.");
        }

        var seen = new HashSet<ulong>();
        foreach (var entry in merges.EnumerateArray())
        {
            var key = $"model.merges[{_merges.Count}]";
            var (left, right) = Pair(entry, key);
            var merge = (Left: IdOf(left, key), Right: IdOf(right, key), Result: IdOf(left + right, key));
            if (!seen.Add(MergeTable.Key(merge.Left, merge.Right)))
            {
                throw _source.Problem(key, $"'{Shorten(left)}' and '{Shorten(right)}' are merged twice.");
            }

            _reachable.Add(merge.Result);
            _merges.Add(merge);
        }
    }

    private (string Left, string Right) Pair(JsonElement entry, string key)
    {
        if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2)
        {
            return (_source.Text(entry[0], key), _source.Text(entry[1], key));
        }

        var parts = _source.Text(entry, key).Split(' ', 3);
        return parts.Length == 2
            ? (parts[0], parts[1])
            : throw _source.Problem(key, "expected two tokens with one space between.");
    }

    private int IdOf(string spelling, string key) => _ids.TryGetValue(spelling, out var id)
        ? id
        : throw _source.Problem(key, $"'{Shorten(spelling)}' is not in model.vocab.");

    private void AddTokens(List<(string Key, int Id, string Content, bool IsSpecial)> added)
    {
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, id, content, isSpecial) in added)
        {
            if (!contents.Add(content))
            {
                throw _source.Problem(key, $"'{Shorten(content)}' is added twice.");
            }

            if (_ids.TryGetValue(content, out var other) && other != id)
            {
                throw _source.Problem(key, $"'{Shorten(content)}' has id {id} here but {other} in model.vocab.");
            }

            if (_reachable.Contains(id))
            {
                throw _source.Problem(key, $"'{Shorten(content)}' is a byte or a merge, so plain text would yield it.");
            }

            var bytes = Encoding.UTF8.GetBytes(content);
            if (!_tokens.TryAdd(id, new Vocabulary.Token(content, bytes, IsAdded: true, isSpecial)))
            {
                throw _source.Problem($"{key}.id", $"id {id} is also that of '{Shorten(_tokens[id].Spelling)}'.");
            }
        }
    }

    private string CheckedText(JsonElement element, string key)
    {
        var text = _source.Text(element, key);
        CheckLength(text, key);
        return text;
    }

    private void CheckLength(string text, string key)
    {
        if (text.Length is 0 or > MaxTokenLength)
        {
            throw _source.Problem(key, $"a token has 1 to {MaxTokenLength} characters, this one {text.Length}.");
        }
    }
}

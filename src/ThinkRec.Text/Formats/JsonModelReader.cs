using System.Text.Json;
using ThinkRec.Text.Bpe;

namespace ThinkRec.Text.Formats;

/// <summary>Reads the model of a tokenizer.json: BPE that begins with bytes or with characters, or WordPiece.</summary>
internal sealed class JsonModelReader(JsonSource source, JsonElement model, IReadOnlyList<AddedToken> added)
{
    private const int MaxWordLength = 1000;
    private const int MaxSpaces = 64;

    /// <summary>How entries are written.</summary>
    public Spelling Spelling { get; private set; } = Spelling.ByteLevel;

    /// <summary>Entries and merges.</summary>
    public VocabularyBuilder Builder { get; private set; } = null!;

    /// <summary>The model.</summary>
    public WordModel Model { get; private set; } = null!;

    /// <summary>Whether words can be encoded one by one although no pre-tokenizer says so, because no merge joins two.</summary>
    public bool SplitsAtMarks { get; private set; }

    /// <summary>Whether a word that is an entry is taken whole.</summary>
    public bool IgnoresMerges { get; private set; }

    /// <summary>Reads all.</summary>
    /// <param name="isByteLevel">Whether the pre-tokenizer makes bytes of the text.</param>
    public void Read(bool isByteLevel)
    {
        var type = JsonSource.Optional(model, "type") is null ? "BPE" : source.TypeOf(model, "model");
        switch (type)
        {
            case "BPE":
                ReadBpe(isByteLevel);
                break;
            case "WordPiece" when !isByteLevel:
                ReadWordPiece();
                break;
            default:
                throw source.Problem("model.type", $"'{type}' is not supported{(type == "WordPiece" ? " with ByteLevel" : "")}; 'BPE' is, and 'WordPiece' without ByteLevel.");
        }
    }

    private void ReadBpe(bool isByteLevel)
    {
        var hasByteFallback = source.Flag(model, "model.byte_fallback");
        IgnoresMerges = source.Flag(model, "model.ignore_merges");
        if (JsonSource.Optional(model, "dropout") is { } dropout && dropout.GetRawText() is not ("0" or "0.0"))
        {
            throw source.Problem("model.dropout", "dropout of merges is not supported; set it to null.");
        }

        foreach (var name in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (JsonSource.Optional(model, name) is { } affix && source.Text(affix, $"model.{name}").Length > 0)
            {
                throw source.Problem($"model.{name}", "affixes are not supported; only an empty one or null is.");
            }
        }

        if (isByteLevel)
        {
            ReadByteBpe(hasByteFallback);
        }
        else
        {
            ReadCharacterBpe(hasByteFallback);
        }
    }

    private void ReadByteBpe(bool hasByteFallback)
    {
        if (hasByteFallback)
        {
            throw source.Problem("model.byte_fallback", "true is not supported with ByteLevel, which makes bytes of all text.");
        }

        ReadEntries(Spelling.ByteLevel);
        var byteIds = Builder.RequireBytes("model.vocab", value => ByteAlphabet.ToCharacter(value).ToString());
        ReadMerges();
        Model = new ByteBpeModel(byteIds, new MergeTable(Builder.Merges), IgnoresMerges ? Builder.Texts : null);
    }

    private void ReadCharacterBpe(bool hasByteFallback)
    {
        if (IgnoresMerges)
        {
            throw source.Problem("model.ignore_merges", "true is only supported with ByteLevel.");
        }

        ReadEntries(Spelling.Marked);
        var byteIds = hasByteFallback ? Builder.RequireBytes("model.vocab", value => $"<0x{value:X2}>") : null;
        var characters = Builder.Characters();
        ReadMerges();
        Model = new CharacterBpeModel(characters, new MergeTable(Builder.Merges))
        {
            ByteIds = byteIds,
            UnknownId = hasByteFallback ? 0 : Unknown(),
            FusesUnknown = source.Flag(model, "model.fuse_unk"),
        };
        SplitsAtMarks = !Builder.CrossesWords && characters.ContainsKey("\u2581");
    }

    private void ReadWordPiece()
    {
        var prefix = JsonSource.Optional(model, "continuing_subword_prefix") is { } element ? source.Text(element, "model.continuing_subword_prefix") : "##";
        if (prefix != "##")
        {
            throw source.Problem("model.continuing_subword_prefix", "only '##' is supported.");
        }

        var maxCharacters = JsonSource.Optional(model, "max_input_chars_per_word") is { } limit
            ? source.Id(limit, "model.max_input_chars_per_word", MaxWordLength + 1)
            : 100;
        ReadEntries(Spelling.WordPiece);
        Model = WordPieceVocabulary.Model(Builder, Unknown(), maxCharacters);
    }

    private int Unknown()
    {
        var unknown = JsonSource.Optional(model, "unk_token") is { } element
            ? source.Text(element, "model.unk_token")
            : throw source.Problem("model.unk_token", "there is neither ByteLevel, nor byte_fallback, nor an unknown token, so that text would vanish.");
        return Builder.Ids.TryGetValue(unknown, out var id)
            ? id
            : throw source.Problem("model.unk_token", $"'{JsonSource.Shorten(unknown)}' is not in the vocabulary.");
    }

    private void ReadEntries(Spelling spelling)
    {
        Spelling = spelling;
        Builder = new VocabularyBuilder(source.Input, spelling, added);
        AddEntries(source, source.Required(model, "model.vocab", JsonValueKind.Object), "model.vocab", Builder);
    }

    /// <summary>Adds the members of an object, spelling to id.</summary>
    public static void AddEntries(JsonSource source, JsonElement entries, string key, VocabularyBuilder builder)
    {
        foreach (var entry in entries.EnumerateObject())
        {
            var entryKey = $"{key}['{JsonSource.Shorten(entry.Name)}']";
            builder.AddEntry(entry.Name, source.Id(entry.Value, entryKey, VocabularyBuilder.MaxSize), entryKey);
        }
    }

    private void ReadMerges()
    {
        var index = 0;
        foreach (var entry in source.Required(model, "model.merges", JsonValueKind.Array).EnumerateArray())
        {
            var key = $"model.merges[{index++}]";
            var (left, right) = Pair(entry, key);
            Builder.AddMerge(left, right, key);
        }
    }

    private (string Left, string Right) Pair(JsonElement entry, string key)
    {
        if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2)
        {
            return (source.Text(entry[0], key), source.Text(entry[1], key));
        }

        var text = source.Text(entry, key);
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space >= 0 && space == text.LastIndexOf(' ') ? (text[..space], text[(space + 1)..]) : PairWithSpaces(text, key);
    }

    // Where entries hold spaces themselves, only one cut gives three entries.
    private (string Left, string Right) PairWithSpaces(string text, string key)
    {
        (string Left, string Right)[] pairs = [.. Enumerable.Range(0, text.Length).Where(at => text[at] == ' ').Take(MaxSpaces)
            .Select(at => (Left: text[..at], Right: text[(at + 1)..]))
            .Where(pair => Builder.Ids.ContainsKey(pair.Left) && Builder.Ids.ContainsKey(pair.Right) && Builder.Ids.ContainsKey(pair.Left + pair.Right))];
        return pairs.Length == 1 ? pairs[0] : throw source.Problem(key, "expected two tokens with one space between.");
    }
}

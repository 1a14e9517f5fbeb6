using System.Globalization;
using System.Text.Json;

namespace ThinkRec.Text.Formats;

/// <summary>The tokenizer_config.json beside a tokenizer; every question has an answer also when there is none.</summary>
internal sealed class TokenizerConfig
{
    private const int MaxBytes = 4 << 20;
    private readonly JsonSource? _source;
    private readonly JsonElement _root;

    private TokenizerConfig(JsonSource? source, JsonElement root) => (_source, _root) = (source, root);

    /// <summary>The file; null when there is none.</summary>
    public InputFile? Input => _source?.Input;

    /// <summary>Reads the one beside a file.</summary>
    public static TokenizerConfig Beside(InputFile file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file.Path))!;
        var path = Path.Combine(folder, TokenizerWriter.ConfigurationFile);
        if (!File.Exists(path))
        {
            return new TokenizerConfig(null, default);
        }

        var source = new JsonSource(InputFile.Read(path, MaxBytes));
        using var document = source.Parse();
        return new TokenizerConfig(source, document.RootElement.Clone());
    }

    /// <summary>The content of a special token such as eos_token; null when it is not named.</summary>
    public string? Token(string key)
    {
        if (_source is null || JsonSource.Optional(_root, key) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Object
            ? _source.Text(_source.Required(value, $"{key}.content", JsonValueKind.String), $"{key}.content")
            : _source.Text(value, key);
    }

    /// <summary>Whether a key is true.</summary>
    public bool Flag(string key, bool absent) => _source?.Flag(_root, key, absent) ?? absent;

    /// <summary>Text of a key; null when absent.</summary>
    public string? Text(string key) =>
        _source is not null && JsonSource.Optional(_root, key) is { } value ? _source.Text(value, key) : null;

    /// <summary>The tokens of added_tokens_decoder, by id.</summary>
    public List<AddedToken> AddedTokens()
    {
        var added = new List<AddedToken>();
        if (_source is null || JsonSource.Optional(_root, "added_tokens_decoder") is not { } tokens)
        {
            return added;
        }

        _source.Expect(tokens, "added_tokens_decoder", JsonValueKind.Object);
        foreach (var entry in tokens.EnumerateObject())
        {
            var key = $"added_tokens_decoder['{JsonSource.Shorten(entry.Name)}']";
            added.Add(int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < VocabularyBuilder.MaxSize
                ? AddedToken.Read(_source, entry.Value, key, id)
                : throw _source.Problem(key, $"expected an id from 0 to {VocabularyBuilder.MaxSize - 1}."));
        }

        return added;
    }

    /// <summary>Makes the exception for one key.</summary>
    public TokenizerFormatException Problem(string key, string problem) => _source!.Problem(key, problem);
}

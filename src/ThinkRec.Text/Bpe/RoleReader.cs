using System.Text;
using System.Text.Json;

namespace ThinkRec.Text.Bpe;

/// <summary>Finds out which special tokens begin, end and fill texts and which one stands for a vector.</summary>
internal sealed class RoleReader
{
    private const int MaxBytes = 4 << 20;
    private static readonly string[] BeginNames = ["<|begin|>", "<|begin_of_text|>", "<s>"];
    private static readonly string[] EndNames = ["<|end|>", "<|end_of_text|>", "<|endoftext|>", "</s>"];
    private static readonly string[] PaddingNames = ["<|pad|>", "<pad>"];
    private readonly Dictionary<string, int> _special = new(StringComparer.Ordinal);

    private RoleReader(IEnumerable<KeyValuePair<int, Vocabulary.Token>> tokens)
    {
        foreach (var (id, token) in tokens.Where(entry => entry.Value.IsSpecial))
        {
            _special.Add(token.Spelling, id);
        }
    }

    /// <summary>Reads the roles from tokenizer_config.json beside the file, else goes by the usual names.</summary>
    /// <param name="source">The tokenizer.json.</param>
    /// <param name="tokens">All tokens by id; gets the placeholder appended when there is none.</param>
    public static Vocabulary.Roles Read(JsonSource source, SortedDictionary<int, Vocabulary.Token> tokens)
    {
        var reader = new RoleReader(tokens);
        var folder = Path.GetDirectoryName(Path.GetFullPath(source.File))!;
        var config = new JsonSource(Path.Combine(folder, TokenizerWriter.ConfigurationFile));
        using var document = File.Exists(config.File) ? config.Parse(MaxBytes) : null;
        var root = document?.RootElement;
        var end = reader.Find(config, root, "eos_token", EndNames)
            ?? throw source.Problem("added_tokens", "there is no special token that ends a text; "
                + $"name one as eos_token in {TokenizerWriter.ConfigurationFile}.");
        var roles = new Vocabulary.Roles(
            reader.Find(config, root, "bos_token", BeginNames) ?? end,
            end,
            reader.Find(config, root, "pad_token", PaddingNames) ?? end,
            reader.Placeholder(source, tokens));
        return roles.Placeholder != roles.Begin && roles.Placeholder != roles.End && roles.Placeholder != roles.Padding
            ? roles
            : throw config.Problem("", $"{Vocabulary.Placeholder} stands for vectors and can have no other role.");
    }

    private int? Find(JsonSource config, JsonElement? root, string key, string[] usualNames)
    {
        if (root is { } element && JsonSource.Optional(element, key) is { } value)
        {
            var isObject = value.ValueKind == JsonValueKind.Object;
            var content = isObject
                ? config.Text(config.Required(value, $"{key}.content", JsonValueKind.String), $"{key}.content")
                : config.Text(value, key);
            return _special.TryGetValue(content, out var id) ? id
                : throw config.Problem(key, $"'{JsonSource.Shorten(content)}' is not a special token of "
                    + $"added_tokens in {TokenizerWriter.TokenizerFile}.");
        }

        foreach (var name in usualNames)
        {
            if (_special.TryGetValue(name, out var id))
            {
                return id;
            }
        }

        return null;
    }

    private int Placeholder(JsonSource source, SortedDictionary<int, Vocabulary.Token> tokens)
    {
        if (_special.TryGetValue(Vocabulary.Placeholder, out var id))
        {
            return id;
        }

        if (tokens.Values.Any(token => token.Spelling == Vocabulary.Placeholder))
        {
            throw source.Problem("added_tokens", $"'{Vocabulary.Placeholder}' is a token but not a special one.");
        }

        var fresh = tokens.Keys.Max() + 1;
        var bytes = Encoding.UTF8.GetBytes(Vocabulary.Placeholder);
        tokens.Add(fresh, new Vocabulary.Token(Vocabulary.Placeholder, bytes, IsAdded: true, IsSpecial: true));
        return fresh;
    }
}

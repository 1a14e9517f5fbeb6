using System.Text;
using ThinkRec.Text.Bpe;

namespace ThinkRec.Text.Formats;

/// <summary>Finds out which special tokens begin, end and fill texts and which one stands for a vector.</summary>
internal sealed class RoleReader
{
    /// <summary>The usual names of the token that ends a text, likeliest first.</summary>
    public static readonly string[] EndNames = ["<|end|>", "<|end_of_text|>", "<|endoftext|>", "</s>", "[SEP]"];
    private static readonly string[] BeginNames = ["<|begin|>", "<|begin_of_text|>", "<s>", "[CLS]"];
    private static readonly string[] PaddingNames = ["<|pad|>", "<pad>", "[PAD]"];
    private readonly Dictionary<string, int> _special = new(StringComparer.Ordinal);

    private RoleReader(IEnumerable<KeyValuePair<int, Vocabulary.Token>> tokens)
    {
        foreach (var (id, token) in tokens.Where(entry => entry.Value.IsSpecial))
        {
            _special.Add(token.Spelling, id);
        }
    }

    /// <summary>Reads the roles from the configuration, else goes by the usual names.</summary>
    /// <param name="file">The tokenizer.</param>
    /// <param name="config">The configuration beside it.</param>
    /// <param name="tokens">All tokens by id; gets the placeholder appended when there is none.</param>
    public static Vocabulary.Roles Read(InputFile file, TokenizerConfig config, SortedDictionary<int, Vocabulary.Token> tokens)
    {
        var reader = new RoleReader(tokens);
        var end = reader.Find(config, "eos_token", EndNames) ?? reader.Find(config, "sep_token", [])
            ?? throw file.Problem("added_tokens", "there is no special token that ends a text; "
                + $"name one as eos_token in {TokenizerWriter.ConfigurationFile}.");
        var roles = new Vocabulary.Roles(
            reader.Find(config, "bos_token", BeginNames) ?? end,
            end,
            reader.Find(config, "pad_token", PaddingNames) ?? end,
            reader.Placeholder(file, tokens));
        return roles.Placeholder != roles.Begin && roles.Placeholder != roles.End && roles.Placeholder != roles.Padding
            ? roles
            : throw config.Problem("", $"{Vocabulary.Placeholder} stands for vectors and can have no other role.");
    }

    private int? Find(TokenizerConfig config, string key, string[] usualNames)
    {
        if (config.Token(key) is { } content)
        {
            return _special.TryGetValue(content, out var id) ? id
                : throw config.Problem(key, $"'{JsonSource.Shorten(content)}' is not a special token of the tokenizer beside this file.");
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

    private int Placeholder(InputFile file, SortedDictionary<int, Vocabulary.Token> tokens)
    {
        if (_special.TryGetValue(Vocabulary.Placeholder, out var id))
        {
            return id;
        }

        if (tokens.Values.Any(token => token.Spelling == Vocabulary.Placeholder))
        {
            throw file.Problem("added_tokens", $"'{Vocabulary.Placeholder}' is a token but not a special one.");
        }

        var fresh = tokens.Keys.Max() + 1;
        var bytes = Encoding.UTF8.GetBytes(Vocabulary.Placeholder);
        tokens.Add(fresh, new Vocabulary.Token(Vocabulary.Placeholder, bytes, IsAdded: true, IsSpecial: true));
        return fresh;
    }
}

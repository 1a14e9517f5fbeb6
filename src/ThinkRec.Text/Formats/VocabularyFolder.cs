using System.Text.Json;
using ThinkRec.Text.Bpe;
using ThinkRec.Text.Normalization;
using ThinkRec.Text.Splitting;

namespace ThinkRec.Text.Formats;

/// <summary>Reads a folder of vocab.json and merges.txt, as GPT-2 and Qwen have; tokenizer_config.json names class and added tokens.</summary>
internal static class VocabularyFolder
{
    /// <summary>Name of the file with the ids.</summary>
    public const string VocabularyFile = "vocab.json";

    /// <summary>Name of the file with the merges.</summary>
    public const string MergesFile = "merges.txt";
    private const int MaxBytes = 32 << 20;

    /// <summary>Reads it.</summary>
    public static TokenizerParts Read(string folder)
    {
        var source = new JsonSource(InputFile.Read(Path.Combine(folder, VocabularyFile), MaxBytes));
        var merges = InputFile.Read(Path.Combine(folder, MergesFile), MaxBytes);
        var config = TokenizerConfig.Beside(source.Input);
        using var document = source.Parse();
        var added = Added(source, document.RootElement, config);
        var builder = new VocabularyBuilder(source.Input, Spelling.ByteLevel, added);
        JsonModelReader.AddEntries(source, document.RootElement, "", builder);
        var byteIds = builder.RequireBytes("", value => ByteAlphabet.ToCharacter(value).ToString());
        AddMerges(merges, builder);
        var isQwen = config.Text("tokenizer_class")?.StartsWith("Qwen", StringComparison.Ordinal) ?? false;
        var vocabulary = builder.Build(config);
        var roles = vocabulary.SpecialRoles;
        return new TokenizerParts
        {
            Normalizers = [.. Normalizers(isQwen, config)],
            Splitters = [isQwen ? new Cl100kScanner(maxDigits: 1) : new Gpt2Scanner()],
            Model = new ByteBpeModel(byteIds, new MergeTable(builder.Merges)),
            Vocabulary = vocabulary,
            Frame = (config.Flag("add_bos_token", absent: false) ? [roles.Begin] : [], config.Flag("add_eos_token", absent: false) ? [roles.End] : []),
            Files = config.Input is { } beside ? [source.Input, merges, beside] : [source.Input, merges],
        };
    }

    private static IEnumerable<Normalizer> Normalizers(bool isQwen, TokenizerConfig config)
    {
        if (isQwen)
        {
            yield return TextNormalizer.FormC;
        }

        if (config.Flag("add_prefix_space", absent: false))
        {
            yield return new PrefixNormalizer(" ", unlessThere: true, onlyAtStart: false);
        }
    }

    // Older folders name no added tokens; what ends a text is an entry of the vocabulary then.
    private static List<AddedToken> Added(JsonSource source, JsonElement entries, TokenizerConfig config)
    {
        var added = config.AddedTokens();
        if (added.Count > 0)
        {
            return added;
        }

        string?[] named = [config.Token("bos_token"), config.Token("eos_token"), config.Token("pad_token"), config.Token("unk_token"), .. RoleReader.EndNames];
        foreach (var name in named.OfType<string>().Distinct())
        {
            if (JsonSource.Optional(entries, name) is { } id)
            {
                added.Add(new AddedToken($"['{name}']", source.Id(id, $"['{name}']", VocabularyBuilder.MaxSize), name, IsSpecial: true));
            }
        }

        return added;
    }

    private static void AddMerges(InputFile merges, VocabularyBuilder builder)
    {
        foreach (var (index, line) in TextFile.Lines(merges).Index())
        {
            if (line.Length == 0 || (index == 0 && line.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }

            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || line.IndexOf(' ', space + 1) >= 0)
            {
                throw merges.Problem($"line {index + 1}", $"expected two tokens with one space between but found '{JsonSource.Shorten(line)}'.");
            }

            builder.AddMerge(line[..space], line[(space + 1)..], $"{MergesFile}, line {index + 1}");
        }
    }
}

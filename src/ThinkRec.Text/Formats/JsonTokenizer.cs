using System.Text.Json;
using ThinkRec.Text.Bpe;
using ThinkRec.Text.Splitting;

namespace ThinkRec.Text.Formats;

/// <summary>Reads the tokenizer.json of Hugging Face tokenizers.</summary>
internal static class JsonTokenizer
{
    private const int MaxBytes = 48 << 20;

    /// <summary>Reads it, with the tokenizer_config.json beside it.</summary>
    public static TokenizerParts Read(string path)
    {
        var source = new JsonSource(InputFile.Read(path, MaxBytes));
        using var document = source.Parse();
        return Read(source, document.RootElement, TokenizerConfig.Beside(source.Input));
    }

    private static TokenizerParts Read(JsonSource source, JsonElement root, TokenizerConfig config)
    {
        var normalizers = new JsonNormalizers(source).Read(root);
        var splitting = new JsonSplitters(source);
        splitting.Read(root);
        normalizers.AddRange(splitting.Normalizers);
        var added = AddedToken.ReadList(source, root);
        var reader = new JsonModelReader(source, source.Required(root, "model", JsonValueKind.Object), added);
        reader.Read(splitting.IsByteLevel);
        var vocabulary = reader.Builder.Build(config);
        var parts = new TokenizerParts
        {
            Normalizers = normalizers,
            Splitters = reader.SplitsAtMarks && splitting.Splitters.Count == 0
                ? [new MarkSplitter('\u2581', keepsRuns: true)]
                : splitting.Splitters,
            Model = reader.Model,
            Vocabulary = vocabulary,
            DropsLeadingSpace = JsonDecoder.DropsLeadingSpace(source, root, reader.Spelling),
            Frame = JsonFrame.Read(source, root, added),
            Files = config.Input is { } file ? [source.Input, file] : [source.Input],
        };
        return IsOfGpt2(parts, reader, added) ? parts with { Files = [] } : parts;
    }

    // Such a file holds nothing that ours would not say, so that it can be written anew.
    private static bool IsOfGpt2(TokenizerParts parts, JsonModelReader reader, List<AddedToken> added) =>
        parts is { Normalizers: [], Splitters: [Gpt2Scanner], Frame: { Before: [], After: [] }, Model: ByteBpeModel }
        && !reader.IgnoresMerges && added.TrueForAll(token => token.Edges == TokenEdges.None);
}

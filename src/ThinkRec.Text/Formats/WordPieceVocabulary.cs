using ThinkRec.Text.Bpe;
using ThinkRec.Text.Splitting;

namespace ThinkRec.Text.Formats;

/// <summary>Reads BERT's vocab.txt: an entry a line, its id is the number of the line.</summary>
internal static class WordPieceVocabulary
{
    private const int MaxBytes = 16 << 20;
    private const int MaxCharacters = 100; // as in BERT's tokenizer
    private static readonly string[] SpecialNames = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Reads it; tokenizer_config.json beside it says whether letters are made small.</summary>
    public static TokenizerParts Read(string path)
    {
        var file = InputFile.Read(path, MaxBytes);
        var config = TokenizerConfig.Beside(file);
        var entries = TextFile.Lines(file);
        var added = entries.Index().Where(entry => SpecialNames.Contains(entry.Item))
            .Select(entry => new AddedToken($"line {entry.Index + 1}", entry.Index, entry.Item, IsSpecial: true)).ToList();
        var builder = new VocabularyBuilder(file, Spelling.WordPiece, added);
        foreach (var (id, entry) in entries.Index())
        {
            builder.AddEntry(entry, id < VocabularyBuilder.MaxSize ? id : throw file.Problem("", $"more than {VocabularyBuilder.MaxSize} lines."), $"line {id + 1}");
        }

        int Id(string name) => builder.Ids.TryGetValue(name, out var id) ? id : throw file.Problem("", $"there is no line '{name}', which BERT's vocabularies have.");
        var frame = (Id("[CLS]"), Id("[SEP]"));
        var model = Model(builder, Id("[UNK]"), MaxCharacters);
        var lowers = config.Flag("do_lower_case", absent: true);
        return new TokenizerParts
        {
            Normalizers = JsonNormalizers.BertSteps(
                cleans: true, config.Flag("tokenize_chinese_chars", absent: true), config.Flag("strip_accents", absent: lowers), lowers),
            Splitters = [new BertSplitter()],
            Model = model,
            Vocabulary = builder.Build(config),
            DropsLeadingSpace = true,
            Frame = ([frame.Item1], [frame.Item2]),
            Files = config.Input is { } beside ? [file, beside] : [file],
        };
    }

    /// <summary>Makes the model of entries in which ## goes before what goes on within a word.</summary>
    public static WordPieceModel Model(VocabularyBuilder builder, int unknownId, int maxCharacters)
    {
        var isOther = builder.Texts.ToLookup(entry => entry.Key.StartsWith("##", StringComparison.Ordinal) && entry.Key.Length > 2);
        return new WordPieceModel(
            isOther[false].ToDictionary(StringComparer.Ordinal),
            isOther[true].ToDictionary(entry => entry.Key[2..], entry => entry.Value, StringComparer.Ordinal),
            unknownId,
            maxCharacters);
    }
}

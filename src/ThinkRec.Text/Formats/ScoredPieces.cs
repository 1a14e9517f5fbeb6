using ThinkRec.Text.Bpe;
using ThinkRec.Text.Normalization;
using ThinkRec.Text.Splitting;

namespace ThinkRec.Text.Formats;

/// <summary>Makes a tokenizer of pieces with scores: two pieces merge when together they are a third, the highest score first.</summary>
internal static class ScoredPieces
{
    private const int MaxPieceLength = 256;

    /// <summary>Checks the pieces and puts the parts together.</summary>
    /// <param name="file">The file.</param>
    /// <param name="config">What lies beside it.</param>
    /// <param name="pieces">All, in the order of their ids.</param>
    /// <param name="spelling">How they are written.</param>
    /// <param name="normalizers">What happens to the text before.</param>
    /// <param name="dropsLeadingSpace">Whether decoding drops a space at the beginning.</param>
    public static TokenizerParts Parts(
        InputFile file, TokenizerConfig config, List<ScoredPiece> pieces, Spelling spelling, IReadOnlyList<Normalizer> normalizers, bool dropsLeadingSpace)
    {
        var mark = spelling.Write(" ")[0];
        if (pieces.Count is 0 or >= VocabularyBuilder.MaxSize)
        {
            throw file.Problem("", $"expected 1 to {VocabularyBuilder.MaxSize - 1} pieces but found {pieces.Count}.");
        }

        var added = pieces.Index().Where(piece => piece.Item.Kind != PieceKind.Text)
            .Select(piece => new AddedToken($"pieces[{piece.Index}]", piece.Index, piece.Item.Text, piece.Item.Kind == PieceKind.Special))
            .Concat(config.AddedTokens().Where(token => token.Id >= pieces.Count)).ToList();
        var builder = new VocabularyBuilder(file, spelling, added);
        foreach (var (id, piece) in pieces.Index())
        {
            var key = $"pieces[{id}]";
            builder.AddEntry(piece.Text.Length <= MaxPieceLength ? piece.Text : throw file.Problem(key, $"a piece has at most {MaxPieceLength} characters."), id, key);
            if (!float.IsFinite(piece.Score))
            {
                throw file.Problem(key, $"the score is {piece.Score}.");
            }
        }

        var characters = builder.Characters();
        var hasBytes = builder.Texts.Keys.Any(text => Spelling.ByteOf(text) is not null);
        var model = new CharacterBpeModel(characters, Merges(builder, pieces, mark, out var crossesWords))
        {
            ByteIds = hasBytes ? builder.RequireBytes("pieces", value => $"<0x{value:X2}>") : null,
            UnknownId = hasBytes ? 0 : Unknown(file, pieces),
            FusesUnknown = true,
        };
        var vocabulary = builder.Build(config);
        var roles = vocabulary.SpecialRoles;
        return new TokenizerParts
        {
            Normalizers = normalizers,
            Splitters = crossesWords || !characters.ContainsKey(mark.ToString()) ? [] : [new MarkSplitter(mark, keepsRuns: true)],
            Model = model,
            Vocabulary = vocabulary,
            DropsLeadingSpace = dropsLeadingSpace,
            Frame = (config.Flag("add_bos_token", absent: true) ? [roles.Begin] : [], config.Flag("add_eos_token", absent: false) ? [roles.End] : []),
            Files = config.Input is { } beside ? [file, beside] : [file],
        };
    }

    // Pieces of one score are of one priority: the leftmost is made first. Bytes are no text and take no part.
    private static MergeTable Merges(VocabularyBuilder builder, List<ScoredPiece> pieces, char mark, out bool crossesWords)
    {
        var ranks = pieces.Select(piece => piece.Score).Distinct().OrderDescending().Index().ToDictionary(score => score.Item, score => score.Index);
        var texts = builder.Texts.Where(entry => Spelling.ByteOf(entry.Key) is null).ToDictionary(StringComparer.Ordinal);
        return new MergeTable(texts, id => ranks[pieces[id].Score], mark, out crossesWords);
    }

    private static int Unknown(InputFile file, List<ScoredPiece> pieces)
    {
        var id = pieces.FindIndex(piece => piece is { Kind: PieceKind.Special, Text: "<unk>" });
        return id >= 0 ? id : throw file.Problem("pieces", "there are neither bytes nor '<unk>', so that text would vanish.");
    }
}

using System.Text;
using System.Text.Unicode;
using ThinkRec.Text.Bpe;
using ThinkRec.Text.Normalization;

namespace ThinkRec.Text.Formats;

/// <summary>Reads a SentencePiece model of the BPE kind, as Llama 2 and Mistral have.</summary>
/// <remarks>Source: google/sentencepiece sentencepiece_model.proto.</remarks>
internal static class SentencePieceFile
{
    private const int Unknown = 2;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Unused = 5;
    private const int BpeKind = 2;

    /// <summary>Whether a file begins as one of this kind does.</summary>
    public static bool Looks(InputFile file) => file.Content is [0x0A, ..];

    /// <summary>Reads it, with the tokenizer_config.json beside it.</summary>
    public static TokenizerParts Read(InputFile file)
    {
        List<ScoredPiece> pieces = [];
        var (kind, suffixes, normalization) = (1UL, false, new Normalization());
        for (var reader = new ProtobufReader(file, file.Content); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    pieces.Add(Piece(file, reader.Bytes, pieces.Count));
                    break;
                case 2:
                    (kind, suffixes) = Training(file, reader.Bytes);
                    break;
                case 3:
                    normalization = ReadNormalization(file, reader.Bytes);
                    break;
            }
        }

        if (kind != BpeKind || suffixes)
        {
            throw file.Problem("trainer_spec", suffixes ? "white space as a suffix is not supported." : "only models of the BPE kind are supported.");
        }

        var config = TokenizerConfig.Beside(file);
        return ScoredPieces.Parts(file, config, pieces, Spelling.Marked, normalization.Steps(onlyAtStart: !config.Flag("legacy", absent: true)), normalization.AddsPrefix);
    }

    private static ScoredPiece Piece(InputFile file, ReadOnlySpan<byte> message, int id)
    {
        var (text, score, type) = ("", 0f, 1UL);
        for (var reader = new ProtobufReader(file, message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    text = Utf8.IsValid(reader.Bytes) ? Encoding.UTF8.GetString(reader.Bytes) : throw file.Problem($"pieces[{id}]", "the piece is not UTF-8 text.");
                    break;
                case 2:
                    score = reader.Single();
                    break;
                case 3:
                    type = reader.Number;
                    break;
            }
        }

        return type switch
        {
            Unknown or Control => new ScoredPiece(text, score, PieceKind.Special),
            UserDefined => new ScoredPiece(text, score, PieceKind.Named),
            1 or 6 => new ScoredPiece(text, score, PieceKind.Text),
            Unused => throw file.Problem($"pieces[{id}]", "pieces marked as unused are not supported."),
            _ => throw file.Problem($"pieces[{id}]", $"there is no type {type} of pieces."),
        };
    }

    private static (ulong Kind, bool Suffixes) Training(InputFile file, ReadOnlySpan<byte> message)
    {
        var (kind, suffixes) = (1UL, false);
        for (var reader = new ProtobufReader(file, message); reader.Next();)
        {
            kind = reader.Field == 3 ? reader.Number : kind;
            suffixes = reader.Field == 24 ? reader.Number != 0 : suffixes;
        }

        return (kind, suffixes);
    }

    private static Normalization ReadNormalization(InputFile file, ReadOnlySpan<byte> message)
    {
        var result = new Normalization();
        for (var reader = new ProtobufReader(file, message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 2 when reader.Bytes.Length > 0:
                    throw file.Problem("normalizer_spec.precompiled_charsmap", "a table of characters to normalize is not supported; only models with the rule 'identity' are.");
                case 3:
                    result = result with { AddsPrefix = reader.Number != 0 };
                    break;
                case 4:
                    result = result with { RemovesSpaces = reader.Number != 0 };
                    break;
                case 5 when reader.Number == 0:
                    throw file.Problem("normalizer_spec.escape_whitespaces", "spaces that are not written as '▁' are not supported.");
            }
        }

        return result;
    }

    // What protocol buffers leave out is at its default.
    private sealed record Normalization(bool AddsPrefix = true, bool RemovesSpaces = true)
    {
        public List<Normalizer> Steps(bool onlyAtStart)
        {
            List<Normalizer> steps = RemovesSpaces ? [TextNormalizer.SingleSpaces] : [];
            if (AddsPrefix)
            {
                steps.Add(new PrefixNormalizer("\u2581", unlessThere: false, onlyAtStart));
            }

            return [.. steps, TextNormalizer.Replacing(" ", "\u2581")];
        }
    }
}

using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using ThinkRec.Text.Bpe;
using ThinkRec.Text.Normalization;

namespace ThinkRec.Text.Formats;

/// <summary>Reads the tokenizer.bin of llama2.c: the longest length, then score, length and bytes of each entry, little-endian.</summary>
/// <remarks>Source: karpathy/llama2.c run.c, build_tokenizer and encode. The first three entries are unknown, begin and end;
/// the file writes the latter two between line ends.</remarks>
internal static class LlamaCFile
{
    private const int MaxBytes = 32 << 20;
    private const int EntryHeader = 8;

    /// <summary>Reads it.</summary>
    public static TokenizerParts Read(string path)
    {
        var file = InputFile.Read(path, MaxBytes);
        var pieces = new List<ScoredPiece>();
        for (var rest = file.Content.AsSpan()[Math.Min(4, file.Content.Length)..]; rest.Length > 0;)
        {
            var key = $"entry {pieces.Count}";
            var length = rest.Length >= EntryHeader ? BinaryPrimitives.ReadInt32LittleEndian(rest[4..]) : -1;
            if (length < 0 || length > rest.Length - EntryHeader)
            {
                throw file.Problem(key, "the file ends within the entry, or the entry has no such length. Fetch or export it again.");
            }

            var bytes = rest.Slice(EntryHeader, length);
            var text = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw file.Problem(key, "the entry is not UTF-8 text.");
            pieces.Add(pieces.Count < 3
                ? new ScoredPiece(text.Trim('\n'), 0, PieceKind.Special)
                : new ScoredPiece(text, BinaryPrimitives.ReadSingleLittleEndian(rest), PieceKind.Text));
            rest = rest[(EntryHeader + length)..];
        }

        Normalizer[] normalizers = [new PrefixNormalizer(" ", unlessThere: false, onlyAtStart: false)];
        return ScoredPieces.Parts(file, TokenizerConfig.Beside(file), pieces, Spelling.Plain, normalizers, dropsLeadingSpace: true);
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace ThinkRec.Text.Bpe;

/// <summary>Byte-pair encoding that begins with characters, as SentencePiece does; a character without an entry becomes its bytes.</summary>
/// <remarks>Source: google/sentencepiece bpe_model.cc; Hugging Face tokenizers models/bpe.</remarks>
internal sealed class CharacterBpeModel : WordModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _characters;
    private readonly MergeTable _merges;

    /// <summary>Makes a model; it needs bytes or an unknown token.</summary>
    /// <param name="characters">Ids of the entries of one character.</param>
    /// <param name="merges">The merges.</param>
    public CharacterBpeModel(Dictionary<string, int> characters, MergeTable merges) =>
        (_characters, _merges) = (characters.GetAlternateLookup<ReadOnlySpan<char>>(), merges);

    /// <summary>Id by byte; null when a character without an entry is unknown.</summary>
    public int[]? ByteIds { get; init; }

    /// <summary>Id of what is unknown.</summary>
    public int UnknownId { get; init; }

    /// <summary>Whether unknown characters in a row are one token.</summary>
    public bool FusesUnknown { get; init; }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> word, List<int> destination)
    {
        var start = destination.Count;
        while (word.Length > 0)
        {
            Rune.DecodeFromUtf16(word, out var rune, out var length);
            if (_characters.TryGetValue(word[..length], out var id))
            {
                destination.Add(id);
            }
            else
            {
                AppendUnknown(rune, destination, start);
            }

            word = word[length..];
        }

        var count = _merges.Apply(CollectionsMarshal.AsSpan(destination)[start..]);
        CollectionsMarshal.SetCount(destination, start + count);
    }

    private void AppendUnknown(Rune rune, List<int> destination, int start)
    {
        if (ByteIds is null)
        {
            if (!FusesUnknown || destination.Count == start || destination[^1] != UnknownId)
            {
                destination.Add(UnknownId);
            }

            return;
        }

        Span<byte> bytes = stackalloc byte[4];
        foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
        {
            destination.Add(ByteIds[value]);
        }
    }
}

using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace ThinkRec.Text.Bpe;

/// <summary>Byte-pair encoding that begins with bytes.</summary>
/// <param name="byteIds">Id by byte.</param>
/// <param name="merges">The merges.</param>
/// <param name="wholeWords">Ids by byte-level spelling, of words that are taken whole before any merge; null for none.</param>
internal sealed class ByteBpeModel(int[] byteIds, MergeTable merges, Dictionary<string, int>? wholeWords = null) : WordModel
{
    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> word, List<int> destination)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(word.Length));
        var count = Encoding.UTF8.GetBytes(word, bytes);
        if (wholeWords is not null && wholeWords.TryGetValue(ByteAlphabet.Write(bytes.AsSpan(0, count)), out var whole))
        {
            destination.Add(whole);
        }
        else
        {
            var start = destination.Count;
            CollectionsMarshal.SetCount(destination, start + count);
            var symbols = CollectionsMarshal.AsSpan(destination)[start..];
            for (var i = 0; i < count; i++)
            {
                symbols[i] = byteIds[bytes[i]];
            }

            CollectionsMarshal.SetCount(destination, start + merges.Apply(symbols));
        }

        ArrayPool<byte>.Shared.Return(bytes);
    }
}

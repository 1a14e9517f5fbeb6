using System.Buffers;
using System.Text;

namespace ThinkRec.Text;

/// <summary>Turns token ids into text one at a time; never gives half a character. For one thread.</summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private byte[] _pending = [];

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens) =>
        (_tokenizer, _skipSpecialTokens) = (tokenizer, skipSpecialTokens);

    /// <summary>Takes the next token.</summary>
    /// <param name="id">An id below the tokenizer's VocabularySize.</param>
    /// <returns>The characters that are complete now; often empty within an emoji. All results together, with that
    /// of Flush, are what Decode gives for all ids.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative or too high.</exception>
    public string Push(int id) => Decode(_tokenizer.BytesOf(id, _skipSpecialTokens), flush: false);

    /// <summary>Ends the text; the decoder is then ready for another one.</summary>
    /// <returns>U+FFFD when the text stopped within a character, else empty.</returns>
    public string Flush() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        byte[] all = [.. _pending, .. bytes];
        var complete = all.Length - (flush ? 0 : IncompleteLength(all));
        _pending = all[complete..];
        return Encoding.UTF8.GetString(all, 0, complete);
    }

    // Bytes at the end that begin a character and may yet be completed: 0 to 3.
    private static int IncompleteLength(ReadOnlySpan<byte> bytes)
    {
        for (var length = 1; length <= Math.Min(3, bytes.Length); length++)
        {
            if (Rune.DecodeFromUtf8(bytes[^length..], out _, out _) == OperationStatus.NeedMoreData)
            {
                return length;
            }
        }

        return 0;
    }
}

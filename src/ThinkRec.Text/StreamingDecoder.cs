using System.Buffers;
using System.Text;

namespace ThinkRec.Text;

/// <summary>Turns token ids into text one at a time; never gives half a character. For one thread.</summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly bool _dropsSpace;
    private byte[] _pending = [];
    private bool _isAtStart = true;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens, bool continues) =>
        (_tokenizer, _skipSpecialTokens, _dropsSpace) = (tokenizer, skipSpecialTokens, tokenizer.DropsLeadingSpace && !continues);

    /// <summary>Takes the next token.</summary>
    /// <param name="id">An id below the tokenizer's VocabularySize.</param>
    /// <returns>The characters that are complete now; often empty within an emoji. All results together, with that
    /// of Flush, are what Decode gives for all ids.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative or too high.</exception>
    public string Push(int id)
    {
        var bytes = _tokenizer.BytesOf(id, _skipSpecialTokens);
        if (_isAtStart && bytes.Length > 0)
        {
            _isAtStart = false;
            bytes = _dropsSpace && bytes[0] == ' ' ? bytes[1..] : bytes;
        }

        return Decode(bytes, flush: false);
    }

    /// <summary>Ends the text; the decoder is then ready for another one.</summary>
    /// <returns>U+FFFD when the text stopped within a character, else empty.</returns>
    public string Flush()
    {
        _isAtStart = true;
        return Decode([], flush: true);
    }

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

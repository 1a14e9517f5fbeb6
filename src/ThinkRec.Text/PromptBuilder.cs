using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace ThinkRec.Text;

/// <summary>Builds one prompt from parts that are trusted and parts that are not. For one thread.</summary>
/// <remarks>Only AppendBegin, AppendVector and AppendToken can add special tokens; no text can.</remarks>
/// <param name="tokenizer">The tokenizer of the model that gets the prompt.</param>
public sealed class PromptBuilder(Tokenizer tokenizer)
{
    private const int MaxCharactersPerToken = 16; // far above the average, so that long texts are cut before encoding
    private readonly List<int> _ids = [];
    private readonly List<PromptVector> _vectors = [];
    private readonly List<int> _marks = [];
    private bool _hasText;

    /// <summary>Number of tokens so far.</summary>
    public int Length => _ids.Count;

    /// <summary>Appends the token that begins a text.</summary>
    public void AppendBegin() => _ids.Add(tokenizer.BeginId);

    /// <summary>Appends text of our own, such as a literal of a template, as it is.</summary>
    /// <param name="trusted">The text. Special tokens written in it become ordinary text too.</param>
    public void AppendTemplateText(string trusted) => AppendText(trusted);

    /// <summary>Cleans text that others wrote and appends it; it can yield no special token.</summary>
    /// <param name="text">The text, of any length.</param>
    /// <param name="maxTokens">Tokens at most; the cut never leaves half a character. The text is also cut at
    /// sixteen characters for each of these tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">maxTokens is negative.</exception>
    public void AppendUntrusted(string text, int maxTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        var maxCharacters = (int)Math.Min((long)maxTokens * MaxCharactersPerToken, int.MaxValue);
        var start = _ids.Count;
        AppendText(UntrustedText.Clean(text, maxCharacters));
        if (_ids.Count - start > maxTokens)
        {
            CollectionsMarshal.SetCount(_ids, start + maxTokens);
            DropHalfCharacter(start);
        }
    }

    /// <summary>Appends the placeholder for a collaborative vector.</summary>
    /// <param name="kind">Whose vector it is.</param>
    /// <param name="index">Dense index of the user or item.</param>
    /// <param name="row">Of an item in a history, the number of its row; null for anything else.</param>
    /// <param name="count">So many tokens stand for it.</param>
    /// <exception cref="ArgumentOutOfRangeException">index is negative, or count is below 1.</exception>
    public void AppendVector(VectorKind kind, int index, int? row = null, int count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _vectors.Add(new PromptVector(_ids.Count, kind, index, row, count));
        _ids.AddRange(Enumerable.Repeat(tokenizer.PlaceholderId, count));
    }

    /// <summary>Appends one token, such as the end token or an answer.</summary>
    /// <param name="id">Its id; for the placeholder use AppendVector.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary or the placeholder's.</exception>
    public void AppendToken(int id)
    {
        if ((uint)id >= (uint)tokenizer.VocabularySize || id == tokenizer.PlaceholderId)
        {
            throw new ArgumentOutOfRangeException(nameof(id), id, id == tokenizer.PlaceholderId
                ? "The placeholder needs a vector; call AppendVector."
                : $"Token id {id} is outside the vocabulary of {tokenizer.VocabularySize} tokens.");
        }

        _ids.Add(id);
    }

    /// <summary>Remembers the position of the token appended last.</summary>
    /// <exception cref="InvalidOperationException">The prompt is empty.</exception>
    public void Mark() => _marks.Add(_ids.Count > 0
        ? _ids.Count - 1
        : throw new InvalidOperationException("There is no token to mark: the prompt is empty."));

    /// <summary>Gives the prompt so far; the builder can go on.</summary>
    /// <returns>A copy of the tokens, vectors and marks.</returns>
    public EncodedPrompt Build() => new([.. _ids], [.. _vectors], [.. _marks]);

    /// <summary>Starts again with an empty prompt.</summary>
    public void Clear()
    {
        _ids.Clear();
        _vectors.Clear();
        _marks.Clear();
        _hasText = false;
    }

    private void AppendText(string text)
    {
        tokenizer.Encode(text, _ids, continues: _hasText);
        _hasText |= text.Length > 0;
    }

    private void DropHalfCharacter(int start)
    {
        while (_ids.Count > start && EndsWithinCharacter(start))
        {
            _ids.RemoveAt(_ids.Count - 1);
        }
    }

    private bool EndsWithinCharacter(int start)
    {
        Span<byte> last = stackalloc byte[3];
        var free = 3;
        for (var i = _ids.Count - 1; i >= start && free > 0; i--)
        {
            var bytes = tokenizer.BytesOf(_ids[i], skipSpecialTokens: true);
            var taken = Math.Min(free, bytes.Length);
            bytes[^taken..].CopyTo(last[(free - taken)..]);
            free -= taken;
        }

        for (var from = free; from < 3; from++)
        {
            if (Rune.DecodeFromUtf8(last[from..], out _, out _) == OperationStatus.NeedMoreData)
            {
                return true;
            }
        }

        return false;
    }
}

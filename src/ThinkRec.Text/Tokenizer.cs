using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using ThinkRec.Text.Bpe;

namespace ThinkRec.Text;

/// <summary>Byte-level byte-pair encoding as in GPT-2: any text becomes token ids and comes back unchanged.</summary>
/// <remarks>Immutable and safe for many threads. Source: openai/gpt-2 encoder.py; the file format is that of
/// Hugging Face tokenizers. Differs from Hugging Face: added tokens written in the text are encoded as plain text,
/// because text comes from item titles and must not be able to name a control token.</remarks>
public sealed class Tokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly MergeTable _merges;
    private readonly int[] _byteIds;
    private readonly WordCache _cache = new();
    private readonly Lazy<string> _fingerprint;

    internal Tokenizer(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _merges = new MergeTable(vocabulary.Merges);
        _byteIds = vocabulary.ByteIds();
        _fingerprint = new Lazy<string>(() => TokenizerWriter.Fingerprint(vocabulary));
    }

    /// <summary>Highest id plus one, special tokens included.</summary>
    public int VocabularySize => _vocabulary.Tokens.Length;

    /// <summary>Id of the token that begins a text; the end token when the file names none.</summary>
    public int BeginId => _vocabulary.SpecialRoles.Begin;

    /// <summary>Id of the token that ends a text.</summary>
    public int EndId => _vocabulary.SpecialRoles.End;

    /// <summary>Id of the token that fills up rows; the end token when the file names none.</summary>
    public int PaddingId => _vocabulary.SpecialRoles.Padding;

    /// <summary>Id of the token standing for a collaborative vector; never comes out of Encode.</summary>
    public int PlaceholderId => _vocabulary.SpecialRoles.Placeholder;

    /// <summary>SHA-256 of the canonical content, 64 hexadecimal digits: equal for equal tokenizers.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>Reads a Hugging Face tokenizer of the byte-level BPE kind.</summary>
    /// <param name="path">The folder holding tokenizer.json, or the file. A tokenizer_config.json beside it names
    /// the special tokens; without one they are found by their usual names.</param>
    /// <returns>The tokenizer. When no token stands for vectors, one is appended after the vocabulary.</returns>
    /// <exception cref="TokenizerFormatException">The file is of another kind or inconsistent; names the key.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static Tokenizer Load(string path) => new(TokenizerReader.Read(path));

    /// <summary>Writes tokenizer.json and tokenizer_config.json, for Hugging Face tokenizers and Load.</summary>
    /// <param name="folder">The folder; made when absent. Each file is replaced in one step.</param>
    public void Save(string folder) => TokenizerWriter.Save(_vocabulary, folder);

    /// <summary>Encodes text; never yields a special token, whatever the text says.</summary>
    /// <param name="text">Any text; a lone surrogate becomes U+FFFD.</param>
    /// <returns>Token ids; empty for empty text.</returns>
    public int[] Encode(string text)
    {
        var ids = new List<int>(text.Length / 3);
        Encode(text, ids);
        return [.. ids];
    }

    /// <summary>Encodes text and appends the ids.</summary>
    /// <param name="text">Any text; a lone surrogate becomes U+FFFD.</param>
    /// <param name="destination">Gets the ids at its end.</param>
    public void Encode(string text, List<int> destination)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(destination);
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var word = rest[..WordScanner.NextLength(rest)];
            rest = rest[word.Length..];
            if (_cache.TryGet(word, out var known))
            {
                destination.AddRange(known.AsSpan());
            }
            else
            {
                EncodeWord(word, destination);
            }
        }
    }

    /// <summary>Decodes ids to text; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Ids below VocabularySize; unused ids stand for no text.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below VocabularySize.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(16, ids.Length * 4));
        foreach (var id in ids)
        {
            bytes.Write(BytesOf(id, skipSpecialTokens));
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Finds the vocabulary entry whose text is the given one.</summary>
    /// <param name="content">Text such as " Yes", or a special token such as "&lt;|end|&gt;".</param>
    /// <returns>The id, or null when it is not one token.</returns>
    public int? FindToken(string content) => _vocabulary.Find(content);

    /// <summary>Makes a decoder that takes ids one at a time.</summary>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <returns>A decoder for one text, for one thread.</returns>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = true) => new(this, skipSpecialTokens);

    /// <summary>Tokens that have a name of their own beside the vocabulary.</summary>
    internal IEnumerable<(string Content, int Id)> AddedTokens() =>
        from entry in _vocabulary.Tokens.Index() where entry.Item is { IsAdded: true } select (entry.Item!.Spelling, entry.Index);

    internal ReadOnlySpan<byte> BytesOf(int id, bool skipSpecialTokens)
    {
        if ((uint)id >= (uint)VocabularySize)
        {
            throw new ArgumentOutOfRangeException(
                nameof(id), id, $"Token id {id} is outside the vocabulary of {VocabularySize} tokens.");
        }

        var token = _vocabulary.Tokens[id];
        return token is null || (skipSpecialTokens && token.IsSpecial) ? [] : token.Bytes;
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> destination)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(word.Length));
        var count = Encoding.UTF8.GetBytes(word, bytes);
        var start = destination.Count;
        CollectionsMarshal.SetCount(destination, start + count);
        var symbols = CollectionsMarshal.AsSpan(destination)[start..];
        for (var i = 0; i < count; i++)
        {
            symbols[i] = _byteIds[bytes[i]];
        }

        ArrayPool<byte>.Shared.Return(bytes);
        var merged = _merges.Apply(symbols);
        _cache.Add(word, symbols[..merged]);
        CollectionsMarshal.SetCount(destination, start + merged);
    }
}

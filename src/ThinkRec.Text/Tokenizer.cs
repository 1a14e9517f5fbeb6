using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ThinkRec.Files;
using ThinkRec.Text.Bpe;
using ThinkRec.Text.Formats;
using ThinkRec.Text.Normalization;

namespace ThinkRec.Text;

/// <summary>Turns text into token ids and back, as the files of a language model say.</summary>
/// <remarks>Immutable and safe for many threads. Differs from Hugging Face: Encode takes added tokens written in the
/// text as plain text, because text comes from item titles and must not be able to name a control token.</remarks>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly Vocabulary _vocabulary;
    private readonly Lazy<AddedTokenFinder> _added;
    private readonly WordCache _cache = new();
    private readonly Lazy<string> _fingerprint;

    internal Tokenizer(Vocabulary vocabulary)
        : this(TokenizerParts.Gpt2(vocabulary))
    {
    }

    internal Tokenizer(TokenizerParts parts)
    {
        (_parts, _vocabulary) = (parts, parts.Vocabulary);
        _added = new Lazy<AddedTokenFinder>(() => new AddedTokenFinder(_vocabulary));
        _fingerprint = new Lazy<string>(() => _parts.Files.Count == 0 ? TokenizerWriter.Fingerprint(_vocabulary) : HashOfFiles());
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

    /// <summary>SHA-256 of the content, 64 hexadecimal digits: equal for equal tokenizers. That of a tokenizer of GPT-2's
    /// kind does not depend on how its files are laid out; that of another is of its files.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>Reads a tokenizer: tokenizer.json, vocab.json and merges.txt, a tiktoken file as of Llama 3, a SentencePiece
    /// model of the BPE kind, BERT's vocab.txt, or the tokenizer.bin of llama2.c.</summary>
    /// <param name="path">The folder, of which the first of these is taken, or the file. A tokenizer_config.json beside it names
    /// the special tokens; without one they are found by their usual names.</param>
    /// <returns>The tokenizer. When no token stands for vectors, one is appended after the vocabulary, in memory.</returns>
    /// <exception cref="TokenizerFormatException">The file is of another kind or inconsistent; names the key.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static Tokenizer Load(string path) => new(TokenizerFiles.Read(path));

    /// <summary>Writes files that Load reads: tokenizer.json and tokenizer_config.json for a tokenizer of GPT-2's kind, copies
    /// of the files it came from for another.</summary>
    /// <param name="folder">The folder; made when absent. Each file is replaced in one step.</param>
    public void Save(string folder)
    {
        if (_parts.Files.Count == 0)
        {
            TokenizerWriter.Save(_vocabulary, folder);
            return;
        }

        Directory.CreateDirectory(folder);
        foreach (var file in _parts.Files)
        {
            AtomicFile.Write(Path.Combine(folder, file.Name), stream => stream.Write(file.Content));
        }
    }

    /// <summary>Tokens that the model expects before a whole text; none with most byte-level tokenizers.</summary>
    public IReadOnlyList<int> Opening => _parts.Frame.Before;

    /// <summary>Kind of tokenizer, in words.</summary>
    public string Kind => _parts.Model switch
    {
        ByteBpeModel => "byte-level BPE",
        CharacterBpeModel => "SentencePiece-style BPE",
        _ => "WordPiece",
    };

    /// <summary>Encodes text; never yields a special token, whatever the text says, but the unknown one where there is one.</summary>
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
    /// <param name="continues">Whether the text goes on from text that was encoded before. Tokenizers of SentencePiece's kind
    /// put a space before a text that does not.</param>
    public void Encode(string text, List<int> destination, bool continues = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(destination);
        EncodePart(text, continues ? TextPlace.Within : TextPlace.Start, destination);
    }

    /// <summary>Encodes text of our own, in which an added token's name stands for the token, such as a rendered chat template.</summary>
    /// <param name="trusted">The text. Nothing that others wrote may be in it: it could name control tokens.</param>
    /// <param name="isFramed">Whether the tokens are added that the model expects before and after a whole text.</param>
    /// <returns>Token ids.</returns>
    public int[] EncodeWithAddedTokens(string trusted, bool isFramed = false)
    {
        ArgumentNullException.ThrowIfNull(trusted);
        var ids = EncodeWithAddedTokens(trusted, counts: null);
        return isFramed ? [.. _parts.Frame.Before, .. ids, .. _parts.Frame.After] : [.. ids];
    }

    /// <summary>Decodes ids to text; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Ids below VocabularySize; unused ids stand for no text.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <param name="continues">Whether the text goes on from other text, so that a space at its beginning is kept that
    /// decoding a whole text would drop.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below VocabularySize.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true, bool continues = false)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(16, ids.Length * 4));
        foreach (var id in ids)
        {
            buffer.Write(BytesOf(id, skipSpecialTokens));
        }

        var bytes = buffer.WrittenSpan;
        var isDropped = DropsLeadingSpace && !continues && bytes is [(byte)' ', ..];
        return Encoding.UTF8.GetString(isDropped ? bytes[1..] : bytes);
    }

    /// <summary>Finds the vocabulary entry whose text is the given one.</summary>
    /// <param name="content">Text such as " Yes", or a special token such as "&lt;|end|&gt;".</param>
    /// <returns>The id, or null when it is not one token.</returns>
    public int? FindToken(string content) => _vocabulary.Find(content);

    /// <summary>Makes a decoder that takes ids one at a time.</summary>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <param name="continues">Whether the text goes on from other text, as in Decode.</param>
    /// <returns>A decoder for one text, for one thread.</returns>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = true, bool continues = false) =>
        new(this, skipSpecialTokens, continues);

    internal bool DropsLeadingSpace => _parts.DropsLeadingSpace;

    /// <summary>Encodes text in which some names stand for added tokens: those that count by start, end and id.</summary>
    internal List<int> EncodeWithAddedTokens(string text, Func<int, int, int, bool>? counts)
    {
        var ids = new List<int>();
        var at = 0;
        while (_added.Value.Next(text, at, counts) is { } token)
        {
            EncodePart(text[at..token.Start], at == 0 ? TextPlace.Start : TextPlace.AfterToken, ids);
            ids.Add(token.Id);
            at = token.End;
        }

        EncodePart(text[at..], at == 0 ? TextPlace.Start : TextPlace.AfterToken, ids);
        return ids;
    }

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

    private void EncodePart(string text, TextPlace place, List<int> destination)
    {
        foreach (var normalizer in _parts.Normalizers)
        {
            text = normalizer.Apply(text, place);
        }

        EncodePieces(text, 0, destination);
    }

    private void EncodePieces(ReadOnlySpan<char> text, int splitter, List<int> destination)
    {
        if (splitter == _parts.Splitters.Count)
        {
            EncodeWord(text, destination);
            return;
        }

        for (var start = 0; start < text.Length;)
        {
            var end = _parts.Splitters[splitter].NextEnd(text, start);
            EncodePieces(text[start..end], splitter + 1, destination);
            start = end;
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> destination)
    {
        if (word.Length == 0)
        {
            return;
        }

        if (_cache.TryGet(word, out var known))
        {
            destination.AddRange(known.AsSpan());
            return;
        }

        var start = destination.Count;
        _parts.Model.Encode(word, destination);
        _cache.Add(word, CollectionsMarshal.AsSpan(destination)[start..]);
    }

    private string HashOfFiles()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in _parts.Files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Name}\n{file.Content.Length}\n"));
            hash.AppendData(file.Content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

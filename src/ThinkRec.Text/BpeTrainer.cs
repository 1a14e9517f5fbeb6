using System.Runtime.InteropServices;
using System.Text;
using ThinkRec.Text.Bpe;
using ThinkRec.Text.Splitting;

namespace ThinkRec.Text;

/// <summary>Learns a byte-level BPE tokenizer. The same texts, in any order, give the same tokenizer.</summary>
/// <remarks>Source: arXiv 1508.07909 §3.2, over bytes. Special tokens are &lt;|pad|&gt;, &lt;|begin|&gt;,
/// &lt;|end|&gt;, &lt;|vector|&gt; with ids 0 to 3, then come the bytes, then the learnt tokens.</remarks>
public static class BpeTrainer
{
    private const int MaxWordLength = 256; // longer pieces teach nothing about words and cost quadratic time
    private static readonly string[] SpecialTokens = ["<|pad|>", "<|begin|>", "<|end|>", Vocabulary.Placeholder];

    /// <summary>Trains a tokenizer.</summary>
    /// <param name="texts">The texts; read once.</param>
    /// <param name="options">Size, required tokens and frequency limit.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ArgumentException">The size is too small, or a required token is several pieces.</exception>
    public static Tokenizer Train(IEnumerable<string> texts, BpeTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        var room = CheckedRoom(options);
        var learner = new MergeLearner(SpecialTokens.Length, CountWords(texts));
        learner.Learn(options.VocabularySize - room, options.MinFrequency);
        foreach (var required in options.RequiredTokens)
        {
            learner.Require(Encoding.UTF8.GetBytes(required));
        }

        learner.Learn(options.VocabularySize, options.MinFrequency);
        return new Tokenizer(new Vocabulary(
            [.. SpecialTokens.Select(Special), .. learner.Tokens.Select(Plain)],
            learner.Merges,
            new Vocabulary.Roles(Begin: 1, End: 2, Padding: 0, Placeholder: 3)));
    }

    private static Vocabulary.Token Special(string content) =>
        new(content, Encoding.UTF8.GetBytes(content), IsAdded: true, IsSpecial: true);

    private static Vocabulary.Token Plain(byte[] bytes) =>
        new(ByteAlphabet.Write(bytes), bytes, IsAdded: false, IsSpecial: false);

    private static int CheckedRoom(BpeTrainerOptions options)
    {
        foreach (var required in options.RequiredTokens)
        {
            if (required.Length == 0 || Gpt2Scanner.NextLength(required) != required.Length)
            {
                throw new ArgumentException(
                    $"Required token '{required}' is never one piece of text: pieces end between a word, a number, "
                    + "punctuation and space.", nameof(options));
            }
        }

        var room = options.RequiredTokens.Sum(required => Encoding.UTF8.GetByteCount(required) - 1);
        var smallest = SpecialTokens.Length + 256 + room;
        return options.VocabularySize >= smallest ? room : throw new ArgumentException(
            $"The vocabulary size must be {smallest} or more ({SpecialTokens.Length} special tokens, 256 bytes and the "
            + $"required tokens) but is {options.VocabularySize}. Ask for more.", nameof(options));
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            for (var rest = text.AsSpan(); rest.Length > 0;)
            {
                var word = rest[..Gpt2Scanner.NextLength(rest)];
                rest = rest[word.Length..];
                if (word.Length <= MaxWordLength)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(lookup, word, out _)++;
                }
            }
        }

        return counts;
    }
}

using ThinkRec.Data;
using ThinkRec.Text;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Stages;

/// <summary>Texts as tokens, one after the other, cut into sequences of one length, some of which are held out.</summary>
internal sealed class TokenSequences
{
    private const int MaxHeldOut = 64;

    /// <summary>Encodes and cuts; what remains at the end is left out.</summary>
    /// <param name="tokenizer">Encodes the texts.</param>
    /// <param name="texts">Texts; each ends with the end token.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="seed">Decides which sequences are held out: a tenth, at least 1, at most 64.</param>
    /// <param name="withBegin">Whether each text begins with the begin token.</param>
    /// <exception cref="TrainingException">There are fewer than two sequences.</exception>
    internal TokenSequences(Tokenizer tokenizer, IEnumerable<string> texts, int length, long seed, bool withBegin = false)
    {
        Tokenizer = tokenizer;
        var tokens = new List<int>();
        foreach (string text in texts)
        {
            if (withBegin)
            {
                tokens.Add(tokenizer.BeginId);
            }

            tokenizer.Encode(text, tokens);
            tokens.Add(tokenizer.EndId);
        }

        int[][] all = [.. tokens.Chunk(length).Where(c => c.Length == length)];
        if (all.Length < 2)
        {
            throw new TrainingException($"The texts have {tokens.Count} tokens, and two sequences of {length} are needed at least: one to learn from, one to hold out. Give more text or lower chunkLength.");
        }

        SeededRandom.Stream(seed, "language/held-out").Shuffle(all.AsSpan());
        int held = Math.Clamp(all.Length / 10, 1, MaxHeldOut);
        (HeldOut, Training) = (all[..held], all[held..]);
    }

    /// <summary>What the texts were encoded with.</summary>
    internal Tokenizer Tokenizer { get; }

    /// <summary>Sequences to learn from; at least one.</summary>
    internal int[][] Training { get; }

    /// <summary>Sequences to validate on; at least one.</summary>
    internal int[][] HeldOut { get; }
}

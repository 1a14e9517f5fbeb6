namespace ThinkRec.Models.Llm.Sampling;

/// <summary>Changes logits by what was said before. Pure functions; ids beyond the logits are passed over.</summary>
/// <remarks>Source: transformers <c>generation/logits_process.py</c>: RepetitionPenalty, NoRepeatNGram and MinNewTokensLength logits processors.</remarks>
public static class LogitRules
{
    /// <summary>Makes tokens that were there before less likely: a positive logit is divided, a negative one multiplied.</summary>
    /// <param name="logits">One for each token; changed.</param>
    /// <param name="tokens">What was there; a token that was there twice counts once.</param>
    /// <param name="penalty">Above 0; below 1 it makes them likelier.</param>
    public static void PenalizeRepetition(Span<float> logits, ReadOnlySpan<int> tokens, double penalty)
    {
        var seen = new HashSet<int>();
        foreach (int token in tokens)
        {
            if ((uint)token < (uint)logits.Length && seen.Add(token))
            {
                logits[token] = (float)(logits[token] < 0 ? logits[token] * penalty : logits[token] / penalty);
            }
        }
    }

    /// <summary>Bans tokens that would complete a row of tokens that was there before.</summary>
    /// <param name="logits">One for each token; changed.</param>
    /// <param name="tokens">What was there, in order.</param>
    /// <param name="length">Tokens of a row; 1 bans all that were there.</param>
    public static void BanRepeatedNgrams(Span<float> logits, ReadOnlySpan<int> tokens, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (tokens.Length < length)
        {
            return;
        }

        ReadOnlySpan<int> begun = tokens[^(length - 1)..];
        for (int start = 0; start + length <= tokens.Length; start++)
        {
            int last = tokens[start + length - 1];
            if ((uint)last < (uint)logits.Length && tokens.Slice(start, length - 1).SequenceEqual(begun))
            {
                logits[last] = float.NegativeInfinity;
            }
        }
    }

    /// <summary>Bans tokens.</summary>
    /// <param name="logits">One for each token; changed.</param>
    /// <param name="tokens">The tokens.</param>
    public static void Ban(Span<float> logits, IReadOnlyList<int> tokens)
    {
        foreach (int token in tokens)
        {
            if ((uint)token < (uint)logits.Length)
            {
                logits[token] = float.NegativeInfinity;
            }
        }
    }
}

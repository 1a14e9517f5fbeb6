using System.Buffers;
using System.Runtime.InteropServices;

namespace ThinkRec.Models.Llm.Sampling;

/// <summary>Chooses tokens from logits, one after the other. For one thread.</summary>
/// <remarks>
/// <para>Order, as transformers' <c>GenerationMixin._get_logits_processor</c> has it: repetition penalty, n-grams, stop tokens before the shortest length;
/// then, when drawing, temperature, top-k, top-p, min-p. Source: transformers 4.5x <c>generation/utils.py</c>.</para>
/// <para>The same logits, options and seed give the same tokens: the random numbers are those of .NET's seeded generator, sums go in order of the ids, in double precision.</para>
/// </remarks>
/// <param name="options">How.</param>
public sealed class TokenSampler(GenerationOptions options)
{
    private readonly Random _random = new(options.Seed);
    private readonly List<int> _tokens = [.. options.PromptTokens];

    /// <summary>Chooses the next token and remembers it.</summary>
    /// <param name="logits">One for each token; changed.</param>
    /// <returns>The token, with log-probabilities if the options ask for them.</returns>
    /// <exception cref="InvalidDataException">A logit is NaN or infinite, or no token is left to choose.</exception>
    public GeneratedToken Next(Span<float> logits)
    {
        logits = options.VocabularySize > 0 ? logits[..Math.Min(options.VocabularySize, logits.Length)] : logits;
        double logSum = 0;
        IReadOnlyList<TokenLogProb> top = [];
        float[] raw = [];
        if (options.TopLogProbs is { } wanted)
        {
            raw = logits.ToArray();
            (logSum, top) = LogProbs.Top(raw, wanted);
        }

        Apply(logits);
        int token = Choose(logits, options, _random);
        _tokens.Add(token);
        return new GeneratedToken(token, raw.Length > 0 ? raw[token] - logSum : double.NaN, top);
    }

    /// <summary>Draws one token from logits, or takes the likeliest at temperature 0, of equal ones the first.</summary>
    /// <param name="logits">One for each token; negative infinity for one that must not be drawn.</param>
    /// <param name="options">Temperature and limits; the rest of them is not looked at.</param>
    /// <param name="random">Source of the draw.</param>
    /// <returns>The token's id.</returns>
    /// <exception cref="InvalidDataException">A logit is NaN or positively infinite, or no token is left to choose.</exception>
    public static int Choose(ReadOnlySpan<float> logits, GenerationOptions options, Random random)
    {
        int best = Likeliest(logits);
        if (options.Temperature <= 0)
        {
            return best;
        }

        TokenLimit limit = options.TopK > 0 ? TokenLimit.TopK(logits, options.TopK) : TokenLimit.None;
        double[] rented = ArrayPool<double>.Shared.Rent(logits.Length);
        Span<double> weights = rented.AsSpan(0, logits.Length);
        double total = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            weights[id] = limit.Allows(logits[id], id) ? Math.Exp(((double)logits[id] - logits[best]) / options.Temperature) : 0;
        }

        limit = options.TopP < 1 ? options.TopP > 0 ? TokenLimit.TopP(logits, weights, options.TopP) : new TokenLimit(logits[best], best) : limit;
        for (int id = 0; id < logits.Length; id++)
        {
            weights[id] = limit.Allows(logits[id], id) && weights[id] >= options.MinP ? weights[id] : 0; // the likeliest weighs 1
            total += weights[id];
        }

        int chosen = Draw(weights, random.NextDouble() * total, best);
        ArrayPool<double>.Shared.Return(rented);
        return chosen;
    }

    private static int Draw(ReadOnlySpan<double> weights, double draw, int best)
    {
        double sum = 0;
        int last = best; // where rounding leaves the draw beyond the last sum
        for (int id = 0; id < weights.Length; id++)
        {
            if (weights[id] <= 0)
            {
                continue;
            }

            sum += weights[id];
            last = id;
            if (sum > draw)
            {
                break;
            }
        }

        return last;
    }

    private void Apply(Span<float> logits)
    {
        ReadOnlySpan<int> tokens = CollectionsMarshal.AsSpan(_tokens);
        if (options.RepetitionPenalty != 1)
        {
            LogitRules.PenalizeRepetition(logits, tokens, options.RepetitionPenalty);
        }

        if (options.NoRepeatNgram > 0)
        {
            LogitRules.BanRepeatedNgrams(logits, tokens, options.NoRepeatNgram);
        }

        if (tokens.Length - options.PromptTokens.Count < options.MinNewTokens)
        {
            LogitRules.Ban(logits, options.StopTokens);
        }
    }

    private static int Likeliest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (float.IsNaN(logits[id]))
            {
                throw new InvalidDataException($"The model gives NaN as the logit of token {id}: its weights are damaged, or too large for their type. Try --dtype fp32, or fetch the weights again.");
            }

            best = logits[id] > logits[best] ? id : best;
        }

        return float.IsFinite(logits[best]) ? best
            : throw new InvalidDataException("No token is left to go on with: the rules against repetition ban each of them, or the model's logits are not finite. Ban less.");
    }
}

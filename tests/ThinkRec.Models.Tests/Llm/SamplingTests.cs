using ThinkRec.Models.Llm;
using ThinkRec.Models.Llm.Sampling;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>Rules and limits against their definitions, worked out the slow way.</summary>
public sealed class SamplingTests
{
    private const int Cases = 400;

    [Fact]
    public void Limits_allow_the_tokens_of_their_definitions()
    {
        int ties = 0, smallest = 0;
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            float[] logits = Logits(random);
            int k = random.Next(1, logits.Length + 3);
            double share = random.NextDouble();
            double[] weights = [.. logits.Select(logit => Math.Exp(logit - logits.Max()))];

            TokenLimit topK = TokenLimit.TopK(logits, k), topP = TokenLimit.TopP(logits, weights, share);

            int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).ThenBy(id => id)];
            float kth = logits[order[Math.Min(k, order.Length) - 1]];
            Assert.True(order.Where(id => logits[id] >= kth).Order().SequenceEqual(Allowed(logits, topK)), $"top-k, seed {seed}");
            int[] allowed = Allowed(logits, topP);
            double sum = allowed.Sum(id => weights[id]), total = weights.Sum(), last = allowed.Min(id => weights[id]);
            Assert.True(order.Take(allowed.Length).Order().SequenceEqual(allowed), $"top-p, seed {seed}: not the likeliest");
            Assert.True(sum >= (share * total) - 1e-12, $"top-p, seed {seed}: too few");
            Assert.True(sum - last < (share * total) + 1e-12, $"top-p, seed {seed}: too many");
            ties += Allowed(logits, topK).Length > k ? 1 : 0;
            smallest += allowed.Length == 1 ? 1 : 0;
        }

        Assert.InRange(ties, 20, Cases);
        Assert.InRange(smallest, 20, Cases / 2);
    }

    [Fact]
    public void Rules_change_the_tokens_of_their_definitions()
    {
        int banned = 0;
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            float[] logits = Logits(random);
            int[] tokens = [.. Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(Math.Min(logits.Length + 2, 6)))];
            int length = random.Next(1, 5);
            float[] penalized = [.. logits], unrepeated = [.. logits];

            LogitRules.PenalizeRepetition(penalized, tokens, 1.3);
            LogitRules.BanRepeatedNgrams(unrepeated, tokens, length);

            for (int id = 0; id < logits.Length; id++)
            {
                Assert.Equal(!tokens.Contains(id) ? logits[id] : logits[id] > 0 ? (float)(logits[id] / 1.3) : (float)(logits[id] * 1.3), penalized[id]);
                int[] next = [.. tokens, id];
                bool isRepeated = Enumerable.Range(0, Math.Max(0, next.Length - length)).Any(start => next.AsSpan(start, length).SequenceEqual(next.AsSpan(next.Length - length)));
                Assert.True((isRepeated ? float.NegativeInfinity : logits[id]) == unrepeated[id], $"seed {seed}, token {id}");
                banned += isRepeated ? 1 : 0;
            }
        }

        Assert.InRange(banned, Cases, 20 * Cases);
    }

    [Fact]
    public void Draws_follow_the_warped_distribution()
    {
        float[] logits = [1.5f, 0.2f, -1, 2, 0.9f, -4];
        var options = new GenerationOptions { Temperature = 0.7, TopK = 5, TopP = 0.95, MinP = 0.1 };
        double[] weights = [.. logits.Select(logit => Math.Exp((logit - 2) / 0.7))];
        int[] kept = [0, 3, 4]; // 1.5, 2, 0.9 hold 0.94 of the five's weight; 0.2 is the fourth, which min-p takes out again at 0.0765 of the likeliest
        var random = new Random(5);
        const int Draws = 20_000;

        var drawn = Enumerable.Range(0, Draws).Select(_ => TokenSampler.Choose(logits, options, random)).CountBy(token => token).ToDictionary();

        Assert.Equal(kept, drawn.Keys.Order());
        Assert.All(kept, token => Assert.Equal(weights[token] / kept.Sum(id => weights[id]), drawn[token] / (double)Draws, 0.015));
    }

    [Fact]
    public void Rules_look_at_the_prompt_and_at_what_was_chosen()
    {
        var penalized = new TokenSampler(new GenerationOptions { PromptTokens = [2], RepetitionPenalty = 4 });
        var unrepeated = new TokenSampler(new GenerationOptions { PromptTokens = [0, 1, 0], NoRepeatNgram = 2 });
        var patient = new TokenSampler(new GenerationOptions { PromptTokens = [0], StopTokens = [1], MinNewTokens = 2 });
        float[] Fresh() => [1, 2, 4.5f];

        Assert.Equal([1, 2, 2], Enumerable.Range(0, 3).Select(_ => penalized.Next(Fresh()).Token)); // 2, 4.5 / 4, 1; then 0.5, 1.125, 1
        Assert.Equal([2, 2, 1, 2, 0], Enumerable.Range(0, 5).Select(_ => unrepeated.Next(Fresh()).Token));
        Assert.Equal([0, 0, 1], Enumerable.Range(0, 3).Select(_ => patient.Next(new float[] { 1, 2, 0 }).Token));
    }

    [Fact]
    public void Log_probabilities_are_those_before_any_rule()
    {
        float[] logits = [MathF.Log(0.2f), MathF.Log(0.5f), MathF.Log(0.2f), MathF.Log(0.1f), 50];
        var sampler = new TokenSampler(new GenerationOptions { PromptTokens = [1], NoRepeatNgram = 1, TopLogProbs = 3, VocabularySize = 4, Temperature = 0.01, TopK = 1, Seed = 3 });

        GeneratedToken chosen = sampler.Next(logits);

        Assert.True(chosen.Token is 0 or 2);
        Assert.Equal(Math.Log(0.2), chosen.LogProb, 1e-6);
        Assert.Equal([1, 0, 2], chosen.Top.Select(top => top.Token));
        Assert.Equal(Math.Log(0.5), chosen.Top[0].LogProb, 1e-6);
        Assert.True(double.IsNaN(new TokenSampler(new GenerationOptions()).Next([1, 2]).LogProb));
    }

    [Fact]
    public void The_same_seed_takes_the_same_tokens()
    {
        int[] Take(int seed)
        {
            var sampler = new TokenSampler(new GenerationOptions { Temperature = 1, TopP = 0.9, Seed = seed });
            return [.. Enumerable.Range(0, 12).Select(place => sampler.Next([.. Enumerable.Range(0, 50).Select(id => (float)(id * (place + 3) % 17) / 5)]).Token)];
        }

        Assert.Equal(Take(1), Take(1));
        Assert.NotEqual(Take(1), Take(2));
    }

    [Theory]
    [InlineData(float.NaN, "NaN as the logit of token 1")]
    [InlineData(float.PositiveInfinity, "No token is left")]
    public void Logits_that_say_nothing_are_refused(float logit, string problem)
    {
        Assert.Contains(problem, Assert.Throws<InvalidDataException>(() => TokenSampler.Choose([0, logit], new GenerationOptions { Temperature = 1 }, new Random(1))).Message, StringComparison.Ordinal);
        var banned = new TokenSampler(new GenerationOptions { PromptTokens = [0, 1], NoRepeatNgram = 1 });
        Assert.Contains("No token is left", Assert.Throws<InvalidDataException>(() => banned.Next([1, 2])).Message, StringComparison.Ordinal);
    }

    // Some cases with many equal logits, some with tokens that are out.
    private static float[] Logits(Random random)
    {
        int size = random.Next(1, 60), levels = random.Next(3) == 0 ? 4 : 1_000_000;
        float[] logits = [.. Enumerable.Range(0, size).Select(_ => (float)((random.Next(levels) * 8.0 / levels) - 4))];
        for (int id = 1; id < size && random.Next(2) == 0; id += 3)
        {
            logits[id] = float.NegativeInfinity;
        }

        return logits;
    }

    private static int[] Allowed(float[] logits, TokenLimit limit) => [.. Enumerable.Range(0, logits.Length).Where(id => limit.Allows(logits[id], id))];
}

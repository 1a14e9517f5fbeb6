namespace ThinkRec.Models.Llm.Sampling;

/// <summary>Log-probabilities of tokens.</summary>
public static class LogProbs
{
    /// <summary>Finds the likeliest tokens.</summary>
    /// <param name="logits">One for each token.</param>
    /// <param name="count">How many are wanted; 0 for none.</param>
    /// <returns>What to take from a logit to get its log-probability, and the likeliest tokens, of equal ones the first id first. O(V log count) time.</returns>
    public static (double LogSum, IReadOnlyList<TokenLogProb> Top) Top(ReadOnlySpan<float> logits, int count)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        double logSum = largest + Math.Log(sum);
        if (count <= 0 || logits.Length == 0)
        {
            return (logSum, []);
        }

        var limit = TokenLimit.TopK(logits, count);
        var top = new List<TokenLogProb>();
        for (int id = 0; id < logits.Length; id++)
        {
            if (limit.Allows(logits[id], id))
            {
                top.Add(new TokenLogProb(id, logits[id] - logSum));
            }
        }

        return (logSum, [.. top.OrderByDescending(token => token.LogProb).ThenBy(token => token.Token).Take(count)]);
    }
}

using System.Buffers;

namespace ThinkRec.Models.Llm.Sampling;

/// <summary>The least likely token that may be drawn; of tokens that are as likely, those of lower ids come first.</summary>
/// <param name="Logit">Its logit.</param>
/// <param name="Token">Its id; the highest number where all that are as likely may be drawn.</param>
/// <remarks>Source: transformers <c>generation/logits_process.py</c>: TopK, TopP and MinP logits warpers. Found by partial selection: no vocabulary is sorted.</remarks>
public readonly record struct TokenLimit(float Logit, int Token)
{
    /// <summary>No limit.</summary>
    public static TokenLimit None { get; } = new(float.NegativeInfinity, int.MaxValue);

    /// <summary>Whether a token may be drawn.</summary>
    /// <param name="logit">Its logit.</param>
    /// <param name="token">Its id.</param>
    /// <returns>True when it is as likely as this or likelier.</returns>
    public bool Allows(float logit, int token) => logit > Logit || (logit == Logit && token <= Token);

    /// <summary>Allows the k likeliest tokens, and those as likely as the last of them.</summary>
    /// <param name="logits">One for each token, none of them NaN.</param>
    /// <param name="k">1 or more.</param>
    /// <returns>The limit. O(V log k) time at worst, O(V) where the likeliest come early.</returns>
    public static TokenLimit TopK(ReadOnlySpan<float> logits, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        if (k >= logits.Length)
        {
            return None;
        }

        var largest = new PriorityQueue<float, float>(k + 1);
        foreach (float logit in logits)
        {
            if (largest.Count < k)
            {
                largest.Enqueue(logit, logit);
            }
            else if (logit > largest.Peek())
            {
                largest.EnqueueDequeue(logit, logit);
            }
        }

        return new TokenLimit(largest.Peek(), int.MaxValue);
    }

    /// <summary>Allows the likeliest tokens until they reach a share of the whole weight; the one that reaches it is among them.</summary>
    /// <param name="logits">One for each token, none of them NaN.</param>
    /// <param name="weights">One for each token, rising with its logit; 0 for those that are out already.</param>
    /// <param name="share">Above 0 and below 1.</param>
    /// <returns>The limit. O(V) time on average: the part that cannot hold it is dropped at each turn, as in quickselect.</returns>
    public static TokenLimit TopP(ReadOnlySpan<float> logits, ReadOnlySpan<double> weights, double share)
    {
        int[] rented = ArrayPool<int>.Shared.Rent(logits.Length);
        int count = 0;
        double total = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (weights[id] > 0)
            {
                rented[count++] = id;
                total += weights[id];
            }
        }

        Span<int> part = rented.AsSpan(0, count); // the limit is among these, and all that are likelier are counted in above
        double wanted = total * share, above = 0;
        while (part.Length > 1)
        {
            int pivot = Pivot(logits, part);
            (int likelier, double weight) = Divide(logits, weights, part, pivot);
            if (likelier > 0 && above + weight >= wanted)
            {
                part = part[..likelier];
            }
            else if (above + weight + weights[pivot] >= wanted || likelier + 1 == part.Length)
            {
                part = part.Slice(likelier, 1);
            }
            else
            {
                above += weight + weights[pivot];
                part = part[(likelier + 1)..];
            }
        }

        int last = part[0];
        ArrayPool<int>.Shared.Return(rented);
        return new TokenLimit(logits[last], last);
    }

    // Puts what is likelier than the pivot first, then the pivot, then the rest; gives the number and weight of the first.
    private static (int Count, double Weight) Divide(ReadOnlySpan<float> logits, ReadOnlySpan<double> weights, Span<int> part, int pivot)
    {
        int count = 0, place = 0;
        double weight = 0;
        for (int i = 0; i < part.Length; i++)
        {
            int id = part[i];
            if (id != pivot && !IsLikelier(logits, id, pivot))
            {
                continue;
            }

            (part[i], part[count]) = (part[count], id);
            if (id == pivot)
            {
                place = count;
            }
            else
            {
                weight += weights[id];
            }

            count++;
        }

        (part[place], part[count - 1]) = (part[count - 1], pivot);
        return (count - 1, weight);
    }

    private static int Pivot(ReadOnlySpan<float> logits, ReadOnlySpan<int> part)
    {
        (int a, int b, int c) = (part[0], part[part.Length / 2], part[^1]);
        return IsLikelier(logits, a, b)
            ? (IsLikelier(logits, b, c) ? b : IsLikelier(logits, a, c) ? c : a)
            : (IsLikelier(logits, a, c) ? a : IsLikelier(logits, b, c) ? c : b);
    }

    private static bool IsLikelier(ReadOnlySpan<float> logits, int a, int b) => logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
}

using System.Runtime.InteropServices;

namespace ThinkRec.Metrics;

/// <summary>The rows of one user from the highest score to the lowest, as groups of tied rows.</summary>
/// <remarks>
/// A list with ties stands for all orders of the tied rows, each equally likely; every metric is its expected value.
/// In a group of m rows with p positives each place holds a positive with probability p / m.
/// </remarks>
internal sealed class RankedList
{
    private readonly List<TieGroup> _groups = [];
    private double _lastScore;

    public int Rows { get; private set; }

    public int Positives { get; private set; }

    public bool HasBothClasses => Positives > 0 && Positives < Rows;

    private ReadOnlySpan<TieGroup> Groups => CollectionsMarshal.AsSpan(_groups);

    /// <summary>Adds the next row; scores must not rise.</summary>
    public void Append(double score, bool label)
    {
        var hit = label ? 1 : 0;
        if (_groups.Count > 0 && score == _lastScore)
        {
            var last = _groups[^1];
            _groups[^1] = new TieGroup(last.Size + 1, last.Positives + hit);
        }
        else
        {
            _groups.Add(new TieGroup(1, hit));
        }

        _lastScore = score;
        Rows++;
        Positives += hit;
    }

    /// <summary>Probability that a positive stands before a negative; meaningful when both classes are present.</summary>
    public double Auc()
    {
        long doubledWins = 0;
        long positivesAbove = 0;
        foreach (var group in Groups)
        {
            var negatives = group.Size - group.Positives;
            doubledWins += negatives * ((2 * positivesAbove) + group.Positives);
            positivesAbove += group.Positives;
        }

        return doubledWins / (2.0 * Positives * (Rows - Positives));
    }

    /// <summary>Discounted gain of the first k places over the best possible one; 0 without positives.</summary>
    public double Ndcg(int k)
    {
        var gain = 0.0;
        var rank = 0;
        foreach (var group in Groups)
        {
            var probability = (double)group.Positives / group.Size;
            for (var place = 0; place < group.Size && rank < k; place++)
            {
                rank++;
                gain += probability / Math.Log2(rank + 1.0);
            }
        }

        var ideal = 0.0;
        for (var best = 1; best <= Math.Min(k, Positives); best++)
        {
            ideal += 1 / Math.Log2(best + 1.0);
        }

        return Positives == 0 ? 0 : gain / ideal;
    }

    /// <summary>Precision at each hit of the first k places, summed, over all positives; 0 without positives.</summary>
    public double AveragePrecision(int k)
    {
        var sum = 0.0;
        var rank = 0;
        var hitsAbove = 0;
        foreach (var group in Groups)
        {
            var probability = (double)group.Positives / group.Size;
            // Given a hit here, each earlier place of the group holds one of the other p - 1 among m - 1 rows.
            var others = group.Size > 1 ? (group.Positives - 1.0) / (group.Size - 1.0) : 0;
            for (var place = 0; place < group.Size && rank < k; place++)
            {
                rank++;
                sum += probability * (hitsAbove + 1 + (place * others)) / rank;
            }

            hitsAbove += group.Positives;
        }

        return Positives == 0 ? 0 : sum / Positives;
    }

    /// <summary>Probability that the first k places hold a positive.</summary>
    public double HitRate(int k)
    {
        var miss = 1.0;
        var rank = 0;
        foreach (var group in Groups)
        {
            var negatives = group.Size - group.Positives;
            for (var place = 0; place < group.Size && rank < k && miss > 0; place++)
            {
                rank++;
                miss *= Math.Max(0, negatives - place) / (double)(group.Size - place);
            }
        }

        return 1 - miss;
    }
}

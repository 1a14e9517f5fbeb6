using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>How training users liked each item: a smoothed share of likes and how many spoke; now, or as it was just before a row.</summary>
/// <remarks>
/// A row never meets its own label, nor anything later: as of a row, training rows of strictly earlier seconds count. Rows after training therefore
/// meet all of it.
/// </remarks>
public sealed class ItemStatistics
{
    /// <summary>Numbers of an item: the share of likes smoothed weakly and strongly, less the mean share; the logarithm of the count.</summary>
    public const int Count = 3;

    /// <summary>What the numbers are worth as a logit before anything is learnt.</summary>
    internal static readonly float[] Prior = [0.5f, 0.5f, 0];

    private const double Scale = 4; // a share near one half, as a logit
    private static readonly double[] Priors = [5, 40];
    private readonly float[] _asOf; // by row

    private ItemStatistics(Dataset dataset, float[] counts, double mean)
    {
        (Counts, Mean) = (counts, mean);
        _asOf = new float[dataset.Interactions.Length * Count];
        var sofar = new float[2 * dataset.Items.Count];
        int waiting = 0; // rows of the present second, which do not count yet
        for (int row = 0; row < dataset.Interactions.Length; row++)
        {
            for (; dataset.Interactions[waiting].Timestamp < dataset.Interactions[row].Timestamp; waiting++)
            {
                Add(sofar, dataset.Interactions[waiting]);
            }

            Fill(sofar, dataset.Interactions[row].Item, _asOf.AsSpan(row * Count, Count));
        }
    }

    /// <summary>Mean share of likes.</summary>
    public double Mean { get; }

    /// <summary>[items · 2]: likes and rows of each item at the end of training.</summary>
    public IReadOnlyList<float> Counts { get; }

    /// <summary>Counts the training rows.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <returns>The statistics.</returns>
    public static ItemStatistics Fit(Dataset dataset)
    {
        var counts = new float[2 * dataset.Items.Count];
        foreach (int row in dataset.RowsOf(Split.Train))
        {
            Add(counts, dataset.Interactions[row]);
        }

        double likes = Enumerable.Range(0, dataset.Items.Count).Sum(item => (double)counts[2 * item]);
        return new ItemStatistics(dataset, counts, likes / Math.Max(1, dataset.RowsOf(Split.Train).Length));
    }

    /// <summary>Takes the end of training as it was saved.</summary>
    /// <param name="dataset">What rows refer to.</param>
    /// <param name="counts">As <see cref="Counts"/>.</param>
    /// <param name="mean">As <see cref="Mean"/>.</param>
    /// <returns>The statistics.</returns>
    public static ItemStatistics Restore(Dataset dataset, float[] counts, double mean) => new(dataset, counts, mean);

    /// <summary>Gives an item's numbers at the end of training.</summary>
    /// <param name="item">Item index.</param>
    /// <param name="target">Gets <see cref="Count"/> numbers.</param>
    public void Now(long item, Span<float> target) => Fill((float[])Counts, item, target);

    /// <summary>Gives the numbers of a row's item just before the row.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="target">Gets <see cref="Count"/> numbers.</param>
    public void AsOf(int row, Span<float> target) => _asOf.AsSpan(row * Count, Count).CopyTo(target);

    /// <summary>The share of likes to expect of a row's item just before the row.</summary>
    /// <param name="row">Row number.</param>
    /// <returns>Between 0 and 1.</returns>
    public double ShareAsOf(int row) => Mean + (_asOf[row * Count] / Scale);

    private static void Add(float[] counts, Interaction row)
    {
        if (row.Split == Split.Train)
        {
            counts[2 * row.Item] += row.Label ? 1 : 0;
            counts[(2 * row.Item) + 1]++;
        }
    }

    private void Fill(float[] counts, long item, Span<float> target)
    {
        double rows = counts[(2 * item) + 1];
        double surplus = counts[2 * item] - (Mean * rows);
        for (int i = 0; i < Priors.Length; i++)
        {
            target[i] = (float)(Scale * surplus / (rows + Priors[i]));
        }

        target[Priors.Length] = (float)(Math.Log(1 + rows) / 4);
    }
}

using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>How training users liked each item: smoothed shares of likes, the smoothed rating, how many spoke; now, or as it was just before a row.</summary>
/// <remarks>
/// A row never meets its own label, nor anything later: as of a row, training rows of strictly earlier seconds count. Rows after training therefore
/// meet all of it. Ratings count in half standard deviations, so that in data with labels alone they say what the labels say.
/// </remarks>
public sealed class ItemStatistics
{
    /// <summary>Numbers of an item: the share of likes smoothed weakly and strongly, less the mean share; the rating likewise; the logarithm of the count.</summary>
    public const int Count = 4;

    /// <summary>Columns of <see cref="Counts"/>: likes, rows, and the sum of ratings above the mean.</summary>
    public const int Columns = 3;

    private const double Scale = 4; // a share near one half, as a logit
    private static readonly double[] Priors = [5, 40];
    private const double RatingPrior = 10;
    private readonly float[] _asOf; // by row

    private ItemStatistics(Dataset dataset, float[] counts, LabelScale scale)
    {
        (Counts, Labels) = (counts, scale);
        _asOf = new float[dataset.Interactions.Length * Count];
        var sofar = new float[Columns * dataset.Items.Count];
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

    /// <summary>What labels and ratings are measured against.</summary>
    public LabelScale Labels { get; }

    /// <summary>[items · <see cref="Columns"/>] at the end of training.</summary>
    public IReadOnlyList<float> Counts { get; }

    /// <summary>Counts the training rows.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <returns>The statistics.</returns>
    public static ItemStatistics Fit(Dataset dataset)
    {
        var scale = LabelScale.Of([.. dataset.RowsOf(Split.Train).Select(row => dataset.Interactions[row])]);
        var statistics = new ItemStatistics(dataset, new float[Columns * dataset.Items.Count], scale);
        foreach (int row in dataset.RowsOf(Split.Train))
        {
            statistics.Add((float[])statistics.Counts, dataset.Interactions[row]);
        }

        return statistics;
    }

    /// <summary>Takes the end of training as it was saved.</summary>
    /// <param name="dataset">What rows refer to.</param>
    /// <param name="counts">As <see cref="Counts"/>.</param>
    /// <param name="scale">As <see cref="Labels"/>.</param>
    /// <returns>The statistics.</returns>
    public static ItemStatistics Restore(Dataset dataset, float[] counts, LabelScale scale) => new(dataset, counts, scale);

    /// <summary>Gives an item's numbers at the end of training.</summary>
    /// <param name="item">Item index.</param>
    /// <param name="target">Gets <see cref="Count"/> numbers.</param>
    public void Now(long item, Span<float> target) => Fill((float[])Counts, item, target);

    /// <summary>Gives the numbers of a row's item just before the row.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="target">Gets <see cref="Count"/> numbers.</param>
    public void AsOf(int row, Span<float> target) => _asOf.AsSpan(row * Count, Count).CopyTo(target);

    /// <summary>How much better a row's label and rating are than was to be expected of its item just before.</summary>
    /// <param name="number">Row number.</param>
    /// <param name="row">The row.</param>
    /// <returns>The label's residual, and the rating's in half standard deviations.</returns>
    public (double Label, double Rating) Residuals(int number, Interaction row) => (
        (row.Label ? 1 : 0) - Labels.MeanLabel - (_asOf[number * Count] / Scale),
        Labels.Standardised(row.Rating) - (_asOf[(number * Count) + 2] / Scale));

    private void Add(float[] counts, Interaction row)
    {
        if (row.Split == Split.Train)
        {
            counts[Columns * row.Item] += row.Label ? 1 : 0;
            counts[(Columns * row.Item) + 1]++;
            counts[(Columns * row.Item) + 2] += (float)Labels.Standardised(row.Rating);
        }
    }

    private void Fill(float[] counts, long item, Span<float> target)
    {
        double rows = counts[(Columns * item) + 1];
        double surplus = counts[Columns * item] - (Labels.MeanLabel * rows);
        target[0] = (float)(Scale * surplus / (rows + Priors[0]));
        target[1] = (float)(Scale * surplus / (rows + Priors[1]));
        target[2] = (float)(Scale * counts[(Columns * item) + 2] / (rows + RatingPrior));
        target[3] = (float)(Math.Log(1 + rows) / 4);
    }
}

/// <summary>What labels and ratings are measured against.</summary>
/// <param name="MeanLabel">Share of likes.</param>
/// <param name="MeanRating">Mean rating.</param>
/// <param name="Deviation">Standard deviation of ratings; 1 where all are alike.</param>
public sealed record LabelScale(double MeanLabel, double MeanRating, double Deviation)
{
    /// <summary>Ratings eight standard deviations from the mean count as much as any farther ones.</summary>
    public const double MaxStandardised = 4;

    /// <summary>Whether all three numbers can be used.</summary>
    internal bool IsSound => MeanLabel is >= 0 and <= 1 && double.IsFinite(MeanRating) && double.IsFinite(Deviation) && Deviation > 0;

    /// <summary>A rating above the mean, in units that are worth as much as a label.</summary>
    /// <param name="rating">The rating.</param>
    /// <returns>Half standard deviations, at most <see cref="MaxStandardised"/>: one absurd rating is not to drown all others.</returns>
    public double Standardised(double rating) => Math.Clamp(0.5 * (rating - MeanRating) / Deviation, -MaxStandardised, MaxStandardised);

    internal static LabelScale Of(IReadOnlyList<Interaction> rows)
    {
        double mean = rows.Select(row => (double)row.Rating).DefaultIfEmpty().Average();
        double variance = rows.Select(row => (row.Rating - mean) * (row.Rating - mean)).DefaultIfEmpty().Average();
        return new LabelScale(rows.Select(row => row.Label ? 1.0 : 0).DefaultIfEmpty().Average(), mean, variance > 1e-12 ? Math.Sqrt(variance) : 1);
    }
}

using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>How training users liked each item: a smoothed share of likes and how many spoke.</summary>
/// <remarks>
/// While a model trains, a row may not meet its own label in its item's statistics. Users are therefore dealt into folds, and a fold's rows see
/// the statistics of the other folds' users. Everybody else, and serving, sees those of all. Limit: what a fold misses is what its own users said, so
/// a model that learns an item's total can work back to them; <see cref="FeedbackSasRecConfig.ItemDropout"/>, which hides the item, is against that.
/// </remarks>
public sealed class ItemStatistics
{
    /// <summary>Numbers of an item: the share of likes smoothed weakly and strongly, less the mean share; the logarithm of the count.</summary>
    public const int Count = 3;

    /// <summary>Stands for all users.</summary>
    public const int AllFolds = -1;

    private const int NumFolds = 8; // the first three bits of a mixed number
    private static readonly double[] Priors = [5, 40];
    private readonly float[][] _folds; // by fold, then by item; the last is of all users

    private ItemStatistics(float[][] folds) => _folds = folds;

    /// <summary>[items · <see cref="Count"/>], of all users.</summary>
    public IReadOnlyList<float> All => _folds[^1];

    /// <summary>Takes the statistics of all users as they were saved; there are no folds to train with.</summary>
    /// <param name="all">[items · <see cref="Count"/>].</param>
    /// <returns>The statistics.</returns>
    public static ItemStatistics OfAll(float[] all) => new([all]);

    /// <summary>Counts the training rows.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <returns>Statistics with folds.</returns>
    public static ItemStatistics Fit(Dataset dataset) => new([.. Enumerable.Range(0, NumFolds).Select(fold => Table(dataset, fold)), Table(dataset, AllFolds)]);

    /// <summary>The fold of a user, for training.</summary>
    /// <param name="user">User index.</param>
    /// <returns>A fold. Each has its share of every second, third … user: were a fold all of one kind, what it sees would betray that kind.</returns>
    /// <remarks>Multiplicative hashing by the golden ratio.</remarks>
    public static int FoldOf(int user) => (int)(unchecked((uint)user * 2654435769) >> 29);

    /// <summary>Copies an item's numbers.</summary>
    /// <param name="item">Item index.</param>
    /// <param name="fold">The fold of the user who is to be predicted; <see cref="AllFolds"/> when serving.</param>
    /// <param name="target">Gets <see cref="Count"/> numbers.</param>
    public void CopyTo(long item, int fold, Span<float> target) =>
        _folds[fold == AllFolds ? ^1 : fold].AsSpan((int)item * Count, Count).CopyTo(target);

    private static float[] Table(Dataset dataset, int hiddenFold)
    {
        var likes = new double[dataset.Items.Count];
        var counts = new double[dataset.Items.Count];
        foreach (Interaction row in dataset.RowsOf(Split.Train).Select(r => dataset.Interactions[r]).Where(r => hiddenFold == AllFolds || FoldOf(r.User) != hiddenFold))
        {
            likes[row.Item] += row.Label ? 1 : 0;
            counts[row.Item]++;
        }

        double mean = likes.Sum() / Math.Max(1, counts.Sum());
        var table = new float[dataset.Items.Count * Count];
        for (int item = 0; item < dataset.Items.Count; item++)
        {
            double surplus = likes[item] - (mean * counts[item]);
            for (int i = 0; i < Priors.Length; i++)
            {
                table[(item * Count) + i] = (float)(4 * surplus / (counts[item] + Priors[i]));
            }

            table[(item * Count) + Priors.Length] = (float)(Math.Log(1 + counts[item]) / 4);
        }

        return table;
    }
}

using ThinkRec.Data;
using ThinkRec.Metrics;
using ThinkRec.Training.Encoders;

namespace ThinkRec.Training.Evaluation;

/// <summary>A baseline of a few counted numbers, and what it says of rows.</summary>
/// <param name="Name">What it is made of.</param>
/// <param name="Rows">The scored rows.</param>
public sealed record SanityBaseline(string Name, ScoredRow[] Rows);

/// <summary>What plain counting reaches. A model that does not beat it has learnt nothing that matters.</summary>
/// <remarks>
/// All counts are of training rows; where a training row itself is scored, its own label is among them. A user or item that training never saw gets
/// the mean. The residual of a user runs over the whole history before a row, later splits included, as the sequential protocol has it.
/// </remarks>
public static class SanityBaselines
{
    private const double ItemPrior = 10;
    private const double UserPrior = 5;
    private const double HalfLife = 10;
    private static readonly double[] StatisticPriors = [2, 10, 50];

    /// <summary>Scores rows with every baseline.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="rows">Row numbers.</param>
    /// <returns>The baselines.</returns>
    public static IReadOnlyList<SanityBaseline> Score(Dataset dataset, int[] rows) => dataset.EarlierRows.Length == 0
        ? Score(dataset, rows, [], "")
        : [.. Score(dataset, rows, [], ""), .. Score(dataset, rows, dataset.EarlierRows, ", earlier rows too")];

    private static IReadOnlyList<SanityBaseline> Score(Dataset dataset, int[] rows, Interaction[] earlier, string what)
    {
        var counts = new Counts(dataset, earlier);
        double[] users = UserBiases(dataset, counts, earlier);
        double[] residuals = DecayedResiduals(dataset, counts, earlier);
        Func<Interaction, double> regression = ItemRegression(dataset, counts);
        return
        [
            Of("item mean", row => counts.Mean(dataset.Interactions[row].Item, ItemPrior)),
            Of("popularity", row => counts.Of(dataset.Interactions[row].Item)),
            Of("user + item bias", row => counts.Mean(dataset.Interactions[row].Item, ItemPrior) + users[dataset.Interactions[row].User]),
            Of("regression on item statistics", row => regression(dataset.Interactions[row])),
            Of("item mean + decayed user residual", row => counts.Mean(dataset.Interactions[row].Item, ItemPrior) + residuals[row]),
        ];

        SanityBaseline Of(string name, Func<int, double> score) => new(name + what, [.. rows.Select(row => RunEvaluation.ToScoredRow(dataset, row, score(row)))]);
    }

    private static double[] UserBiases(Dataset dataset, Counts counts, Interaction[] earlier)
    {
        var sums = new double[dataset.Users.Count];
        var numbers = new double[dataset.Users.Count];
        foreach (Interaction row in earlier.Concat(dataset.RowsOf(Split.Train).Select(r => dataset.Interactions[r])))
        {
            sums[row.User] += counts.Residual(row);
            numbers[row.User]++;
        }

        return [.. sums.Zip(numbers, (sum, number) => sum / (number + UserPrior))];
    }

    /// <summary>By row: the mean residual of the user's earlier rows, each half as heavy as one ten rows later.</summary>
    private static double[] DecayedResiduals(Dataset dataset, Counts counts, Interaction[] earlier)
    {
        double decay = Math.Pow(0.5, 1 / HalfLife);
        var sums = new double[dataset.Users.Count];
        var weights = new double[dataset.Users.Count];
        var before = new double[dataset.Interactions.Length];
        foreach (Interaction row in earlier)
        {
            Add(row);
        }

        for (int i = 0; i < before.Length; i++)
        {
            Interaction row = dataset.Interactions[i];
            before[i] = sums[row.User] / (weights[row.User] + 1);
            Add(row);
        }

        return before;

        void Add(Interaction row)
        {
            sums[row.User] = (sums[row.User] * decay) + counts.Residual(row);
            weights[row.User] = (weights[row.User] * decay) + 1;
        }
    }

    /// <summary>Logistic regression; a training row sees its item's statistics without itself.</summary>
    private static Func<Interaction, double> ItemRegression(Dataset dataset, Counts counts)
    {
        Interaction[] train = [.. dataset.RowsOf(Split.Train).Select(r => dataset.Interactions[r])];
        double[] weights = LogisticRegression.Fit(
            [.. train.SelectMany(row => counts.Features(row, withoutItself: true))], [.. train.Select(row => row.Label)], ridge: 1);
        return row => counts.Features(row, withoutItself: false).Zip(weights, (value, weight) => value * weight).Sum();
    }

    private sealed class Counts
    {
        private readonly double[] _likes;
        private readonly double[] _all;
        private readonly double _mean;

        internal Counts(Dataset dataset, Interaction[] earlier)
        {
            _likes = new double[dataset.Items.Count];
            _all = new double[dataset.Items.Count];
            foreach (Interaction row in earlier.Concat(dataset.RowsOf(Split.Train).Select(r => dataset.Interactions[r])))
            {
                _likes[row.Item] += row.Label ? 1 : 0;
                _all[row.Item]++;
            }

            _mean = _likes.Sum() / Math.Max(1, _all.Sum());
        }

        internal double Of(int item) => _all[item];

        internal double Mean(int item, double prior) => Mean(_likes[item], _all[item], prior);

        internal double Residual(Interaction row) => (row.Label ? 1 : 0) - Mean(row.Item, ItemPrior);

        internal IEnumerable<double> Features(Interaction row, bool withoutItself)
        {
            double likes = _likes[row.Item] - (withoutItself && row.Label ? 1 : 0);
            double all = _all[row.Item] - (withoutItself ? 1 : 0);
            return [1, Math.Log(1 + all), .. StatisticPriors.Select(prior => Mean(likes, all, prior) - _mean)];
        }

        private double Mean(double likes, double all, double prior) => (likes + (prior * _mean)) / (all + prior);
    }
}

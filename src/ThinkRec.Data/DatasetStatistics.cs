using System.Globalization;
using System.Text;

namespace ThinkRec.Data;

/// <summary>The numbers of the paper's Table 1 and a few more.</summary>
/// <param name="Name">Name of the dataset.</param>
/// <param name="UserTableSize">Users plus padding: rows of a user table.</param>
/// <param name="ItemTableSize">Items plus padding: rows of an item table.</param>
/// <param name="Sparsity">1 − rows / (users · items).</param>
/// <param name="SigmaOverMu">Standard deviation (n in the denominator) over mean of the training interactions of users who have any.</param>
/// <param name="Splits">Train, valid, test.</param>
public sealed record DatasetStatistics(
    string Name, int UserTableSize, int ItemTableSize, double Sparsity, double? SigmaOverMu, IReadOnlyList<SplitStatistics> Splits)
{
    private static readonly double[] Quantiles = [0, 0.25, 0.5, 0.75, 1];

    /// <summary>Counts a dataset.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <returns>The statistics.</returns>
    public static DatasetStatistics Describe(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var histories = new Histories(dataset);
        var train = dataset.RowsOf(Split.Train);
        var warmUsers = train.Select(row => dataset.Interactions[row].User).ToHashSet();
        var warmItems = train.Select(row => dataset.Interactions[row].Item).ToHashSet();
        bool IsWarm(Interaction row) => warmUsers.Contains(row.User) && warmItems.Contains(row.Item);
        SplitStatistics Of(Split split)
        {
            var rows = dataset.RowsOf(split);
            var interactions = rows.Select(row => dataset.Interactions[row]).ToArray();
            var lengths = rows.Select(row => histories.Before(row, int.MaxValue, HistoryKind.Dual).Length).Order().ToArray();
            return new SplitStatistics(
                split,
                rows.Length,
                interactions.Select(row => row.User).Distinct().Count(),
                interactions.Select(row => row.Item).Distinct().Count(),
                Share(interactions, row => row.Label),
                Share(interactions, IsWarm),
                rows.Length == 0 ? [] : [.. Quantiles.Select(q => lengths[Math.Max(0, (int)Math.Ceiling(q * lengths.Length) - 1)])]);
        }

        var cells = (dataset.Users.Count - 1.0) * (dataset.Items.Count - 1.0);
        return new DatasetStatistics(
            dataset.Name,
            dataset.Users.Count,
            dataset.Items.Count,
            cells > 0 ? 1 - (dataset.Interactions.Length / cells) : 1,
            Spread([.. train.GroupBy(row => dataset.Interactions[row].User).Select(group => (double)group.Count())]),
            [Of(Split.Train), Of(Split.Valid), Of(Split.Test)]);
    }

    /// <summary>The statistics as a table of plain text.</summary>
    /// <returns>Lines ended by line feeds.</returns>
    public string ToText()
    {
        var text = new StringBuilder();
        string N(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
        text.Append(CultureInfo.InvariantCulture, $"{Name}: table sizes {UserTableSize} users × {ItemTableSize} items, sparsity {N(Sparsity, "0.0000")}, sigma/mu {N(SigmaOverMu, "0.00")}\n");
        text.Append(CultureInfo.InvariantCulture, $"{"split",-6} {"rows",9} {"users",7} {"items",7} {"positive",9} {"not cold",9}  history length 0/25/50/75/100 %\n");
        foreach (var split in Splits)
        {
            var lengths = split.HistoryLengths.Count == 0 ? "-" : string.Join('/', split.HistoryLengths);
            text.Append(CultureInfo.InvariantCulture, $"{split.Split.ToString().ToLowerInvariant(),-6} {split.Rows,9} {split.Users,7} {split.Items,7} {N(split.PositiveRate, "0.0000"),9} {N(split.NotCold, "0.0000"),9}  {lengths}\n");
        }
        return text.ToString();
    }

    private static double? Share(Interaction[] rows, Func<Interaction, bool> holds) => rows.Length == 0 ? null : (double)rows.Count(holds) / rows.Length;

    private static double? Spread(double[] counts)
    {
        if (counts.Length == 0)
        {
            return null;
        }
        var mean = counts.Average();
        return Math.Sqrt(counts.Average(count => (count - mean) * (count - mean))) / mean;
    }
}

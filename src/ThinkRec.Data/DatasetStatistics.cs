using System.Globalization;
using System.Text;

namespace ThinkRec.Data;

/// <summary>The numbers of the paper's Table 1 and more.</summary>
/// <param name="Name">Name of the dataset.</param>
/// <param name="UserTableSize">Users plus padding: rows of a user table.</param>
/// <param name="ItemTableSize">Items plus padding: rows of an item table.</param>
/// <param name="Sparsity">1 − rows / (users · items).</param>
/// <param name="SigmaOverMu">Standard deviation (n in the denominator) over mean of the training interactions of users who have any.</param>
/// <param name="Texts">What is known about items in words.</param>
/// <param name="Splits">Train, valid, test.</param>
public sealed record DatasetStatistics(
    string Name, int UserTableSize, int ItemTableSize, double Sparsity, double? SigmaOverMu, TextCoverage Texts, IReadOnlyList<SplitStatistics> Splits)
{
    /// <summary>Counts a dataset in time and memory that grow with its rows, users and items.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <returns>The statistics.</returns>
    public static DatasetStatistics Describe(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var counter = new SplitCounter(dataset);
        var cells = (dataset.Users.Count - 1.0) * (dataset.Items.Count - 1.0);
        var texts = dataset.ItemTexts[1..];
        return new DatasetStatistics(
            dataset.Name,
            dataset.Users.Count,
            dataset.Items.Count,
            cells > 0 ? 1 - (dataset.Interactions.Length / cells) : 1,
            Spread([.. dataset.RowsOf(Split.Train).CountBy(row => dataset.Interactions[row].User).Select(user => (double)user.Value)]),
            new TextCoverage(
                texts.Count(text => text.Title.Length > 0),
                texts.Count(text => text.Description.Length > 0),
                texts.Count(text => text.Keywords.Count > 0),
                texts.Count(text => text.Year is not null)),
            [counter.Count(Split.Train), counter.Count(Split.Valid), counter.Count(Split.Test)]);
    }

    /// <summary>The statistics as two tables of plain text.</summary>
    /// <returns>Lines ended by line feeds.</returns>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Name}: table sizes {UserTableSize} users × {ItemTableSize} items, sparsity {N(Sparsity)}, sigma/mu {N(SigmaOverMu, "0.00")}\n");
        text.Append(CultureInfo.InvariantCulture, $"{"split",-6} {"rows",9} {"users",7} {"items",7} {"positive",9} {"not cold",9}  history length 0/25/50/75/100 %\n");
        foreach (var split in Splits)
        {
            text.Append(CultureInfo.InvariantCulture, $"{NameOf(split),-6} {split.Rows,9} {split.Users,7} {split.Items,7} {N(split.PositiveRate),9} {N(split.NotCold),9}  {Q(split.HistoryLengths)}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"{"split",-6} {"sparsity",9} {"both labels",11} {"cold users",10} {"cold items",10}  {"rows of a user",-18} {"likes in history",-18} days (UTC)\n");
        foreach (var split in Splits)
        {
            text.Append(CultureInfo.InvariantCulture, $"{NameOf(split),-6} {N(split.Sparsity),9} {split.UsersOfBothLabels,11} {N(split.ColdUsers),10} {N(split.ColdItems),10}  {Q(split.RowsPerUser),-18} {Q(split.LikedHistoryLengths),-18} {Days(split)}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"items with title {Texts.Titles}, description {Texts.Descriptions}, keywords {Texts.Keywords}, year {Texts.Years}\n");
        return text.ToString();
    }

    private static string NameOf(SplitStatistics split) => split.Split.ToString().ToLowerInvariant();

    private static string N(double? value, string format = "0.0000") => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Q(IReadOnlyList<int> quantiles) => quantiles.Count == 0 ? "-" : string.Join('/', quantiles);

    private static string Days(SplitStatistics split) => split.Rows == 0 ? "-" : $"{Day(split.FirstTime!.Value)} to {Day(split.LastTime!.Value)}";

    // Sources without times number their rows, and nothing keeps these numbers from being no dates.
    private static string Day(long time) => time >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && time <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        ? DateTimeOffset.FromUnixTimeSeconds(time).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : time.ToString(CultureInfo.InvariantCulture);

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

using System.IO.Compression;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.Metrics.Tests;

/// <summary>A known baseline on the public validation split gives the values measured by another program.</summary>
public sealed class MovieLensBaselineTests
{
    [Fact]
    public void Smoothed_item_mean_gives_the_values_known_for_the_validation_split()
    {
        Assert.SkipUnless(Repository.HasData("ml1m-collm/valid.jsonl.gz"), "the public ML-1M splits are not beside the checkout");
        var train = Read("ml1m-collm/train.jsonl.gz");
        var prior = train.Average(row => row.Label ? 1.0 : 0);
        var means = train.GroupBy(row => row.ItemId).ToDictionary(
            item => item.Key, item => (item.Count(row => row.Label) + (5 * prior)) / (item.Count() + 5));
        List<ScoredRow> rows = [.. Read("ml1m-collm/valid.jsonl.gz")
            .Select(row => row with { Score = means.GetValueOrDefault(row.ItemId, prior) })];

        var report = RankingReport.Evaluate(rows, new());

        Assert.Equal((10401, 356), (report.Rows, report.Users));
        Assert.All(
            report.Metrics.Zip([0.690, 0.688, 0.759, 0.425]),
            pair => Assert.InRange(pair.First.Value, pair.Second - 0.004, pair.Second + 0.004));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', report.Metrics));
    }

    private static List<ScoredRow> Read(string name)
    {
        using var file = File.OpenRead(Repository.Data(name));
        using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        List<ScoredRow> rows = [];
        while (text.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            rows.Add(new ScoredRow(
                row.GetProperty("uid").GetRawText(), row.GetProperty("iid").GetRawText(), row.GetProperty("label").GetRawText()[0] == '1', 0));
        }

        return rows;
    }
}

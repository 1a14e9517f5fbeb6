using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.Metrics.Tests;

/// <summary>Compares with values recorded by tools/parity/record_metrics.py.</summary>
public sealed class ScikitLearnParityTests
{
    private const double Tolerance = 1e-12;

    private static readonly JsonElement Record = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(Repository.Root, "tests", "ThinkRec.Metrics.Tests", "Fixtures", "metrics.json"))).RootElement;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Record.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Metrics_equal_those_of_scikit_learn(int index)
    {
        var recorded = Record.GetProperty("cases")[index];
        var expected = recorded.GetProperty("expected");
        List<ScoredRow> rows = [.. recorded.GetProperty("rows").EnumerateArray().Select(row => new ScoredRow(
            row[0].GetString()!, row[1].GetString()!, row[2].GetInt32() == 1, row[3].GetDouble()))];

        Assert.Equal(expected.GetProperty("auc").GetDouble(), RankingMetrics.Auc(rows), Tolerance);
        Assert.Equal(expected.GetProperty("uauc").GetDouble(), RankingMetrics.Uauc(rows), Tolerance);
        Assert.All(expected.GetProperty("ndcg").EnumerateObject(), cut => Assert.Equal(
            cut.Value.GetDouble(),
            RankingMetrics.NdcgAtK(rows, int.Parse(cut.Name, CultureInfo.InvariantCulture)),
            Tolerance));
        if (expected.TryGetProperty("map_full", out var map))
        {
            Assert.Equal(map.GetDouble(), RankingMetrics.MapAtK(rows, rows.Count), Tolerance);
        }
    }

    [Fact]
    public void The_record_was_made_by_the_script_in_the_tree()
    {
        var script = File.ReadAllBytes(Path.Combine(Repository.Root, "tools", "parity", "record_metrics.py"));

        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(script)),
            Record.GetProperty("manifest").GetProperty("script_sha256").GetString());
    }
}

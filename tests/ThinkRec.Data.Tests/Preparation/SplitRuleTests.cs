using ThinkRec.Data.Preparation;

namespace ThinkRec.Data.Tests.Preparation;

public sealed class SplitRuleTests
{
    private static readonly Dictionary<string, SplitRule> Rules = new()
    {
        ["temporal"] = new TemporalSplit(SplitShares.Default),
        ["temporal 50,25,25"] = new TemporalSplit(new SplitShares(0.5, 0.25, 0.25)),
        ["temporal 70,30,0"] = new TemporalSplit(new SplitShares(0.7, 0.3, 0)),
        ["ratio"] = new RatioSplit(SplitShares.Default),
        ["ratio 50,25,25"] = new RatioSplit(new SplitShares(0.5, 0.25, 0.25)),
        ["leave one out"] = new LeaveOneOutSplit(),
        ["windows"] = new WindowSplit(new TimeWindow(1, 3), new TimeWindow(3, 5), new TimeWindow(6, 8)),
        ["halved"] = new HalvedSplit(new TimeWindow(1, 3), new TimeWindow(4, 20)),
    };

    // Rows as user and time; expected: t train, v valid, s test, - dropped.
    [Theory]
    [InlineData("temporal", "u1 u2 u3 u4 u5 u6 u7 u8 u9 u10", "ttttttttvs")]
    [InlineData("temporal", "u1 u2", "tt")]
    [InlineData("temporal", "u1 u2 u3 u4 u5 u6 u7 u8 u8 u8", "tttttttttt")]
    [InlineData("temporal 50,25,25", "u1 u2 u2 u3", "ttts")]
    [InlineData("temporal 50,25,25", "u1 v2 u3 v4 u5 v6 u7 v8", "ttttvvss")]
    [InlineData("temporal 70,30,0", "u1 u2 u3 u4 u5 u6 u7 u8 u9 u10", "tttttttvvv")]
    [InlineData("ratio", "u1 u2 u3 u4 u5 u6 u7 u8 u9", "ttttttttt")]
    [InlineData("ratio 50,25,25", "u1 u2 v3 u4 u5 v6 v7 v8", "tttvstvs")]
    [InlineData("leave one out", "u1 v2 u3 v4 u5 w6 u7", "tttt" + "vts")]
    [InlineData("leave one out", "u1 u1 u1", "tvs")]
    [InlineData("leave one out", "u1 u2 v3", "ttt")]
    [InlineData("windows", "u0 u1 u2 u3 u4 u5 u6 u7 u8", "-ttvv-ss-")]
    [InlineData("halved", "u0 u1 u2 u3 u4 u5 u5 u6 u20", "-tt-vvss-")]
    [InlineData("halved", "u1 u4 u5 u6", "tvss")]
    public void Each_row_gets_its_split(string rule, string rows, string expected)
    {
        var interactions = rows.Split(' ').Select(row =>
            new Interaction(row[0] - 't', 1, 5, true, int.Parse(row[1..], System.Globalization.CultureInfo.InvariantCulture), Split.None)).ToArray();
        var splits = new Split[interactions.Length];

        Rules[rule].Assign(interactions, splits);

        Assert.Equal(expected, string.Concat(splits.Select(split => "tvs-"[(int)split])));
    }

    [Fact]
    public void A_temporal_split_never_parts_a_moment_and_never_goes_back_in_time()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = SeededRandom.Stream(seed, "split");
            var time = 0L;
            var rows = Enumerable.Range(0, 1 + random.NextInt(80)).Select(_ => new Interaction(1, 1, 5, true, time += random.NextInt(3), Split.None)).ToArray();
            var splits = new Split[rows.Length];

            Rules["temporal 50,25,25"].Assign(rows, splits);

            for (var row = 1; row < rows.Length; row++)
            {
                Assert.True(splits[row] >= splits[row - 1], $"seed {seed}");
                Assert.True(splits[row] == splits[row - 1] || rows[row].Timestamp > rows[row - 1].Timestamp, $"seed {seed}");
            }
        }
    }

    [Fact]
    public void Splits_that_overlap_in_time_say_so()
    {
        Assert.All(["ratio", "leave one out"], rule => Assert.Contains("overlap in time", Rules[rule].Caution, StringComparison.Ordinal));
        Assert.All(["temporal", "windows", "halved"], rule => Assert.Null(Rules[rule].Caution));
    }

    [Theory]
    [InlineData(2017, 1, 10, "2017-01-01 to 2017-10-31 UTC")]
    [InlineData(2019, 12, 26, "2019-12-01 to 2022-01-31 UTC")]
    [InlineData(2010, 1, 119, "2010-01-01 to 2019-11-30 UTC")]
    public void Windows_are_whole_months(int year, int month, int months, string expected) => Assert.Equal(expected, TimeWindow.Months(year, month, months).ToString());
}

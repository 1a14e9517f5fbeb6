using ThinkRec.Data.Preparation;

namespace ThinkRec.Data.Tests.Preparation;

public sealed class ReadMeterTests : IDisposable
{
    private readonly RawFiles _raw = new();

    public void Dispose() => _raw.Dispose();

    [Theory]
    [InlineData("log.csv")]
    [InlineData("log.csv.gz")]
    public void Every_byte_and_row_is_told_of(string name)
    {
        _raw.Write(name, ["user,item,rating,timestamp", .. Enumerable.Range(0, 50_000).Select(i => $"u{i % 7},i{i % 11},4,{i}")]);
        List<ReadProgress> told = [];

        _raw.Prepare("csv", options => options with { Log = name, PositiveFrom = 4, Meter = new ReadMeter(told.Add) });

        var length = new FileInfo(_raw[name]).Length;
        Assert.Equal((name, length, length, 50_000L), (told[^1].File, told[^1].Bytes, told[^1].TotalBytes, told[^1].Rows));
        Assert.Equal(told.Select(progress => progress.Bytes), told.Select(progress => progress.Bytes).Order());
    }

    [Theory]
    [InlineData("log.csv", ";")]
    [InlineData("log.txt", "::")]
    [InlineData("log.dat.gz", "|")]
    [InlineData("log.csv", "\t")]
    public void Fields_may_be_parted_by_anything(string name, string delimiter)
    {
        _raw.Write(name, [string.Join(delimiter, "user", "item", "rating", "timestamp"), string.Join(delimiter, "u", "a,b", "5", "7")]);
        _raw.Write("items.csv", [string.Join(delimiter, "item", "title"), string.Join(delimiter, "a,b", "An item, and more")]);

        var dataset = _raw.Prepare("csv", options => options with { Log = name, ItemFile = "items.csv", PositiveFrom = 4, Delimiter = delimiter, Split = new TemporalSplit(new SplitShares(1, 0, 0)) });

        Assert.Equal(["u a,b 5 7 1"], RawFiles.Rows(dataset));
        Assert.Equal("An item, and more", dataset.ItemTexts[1].Title);
    }

    [Fact]
    public void Json_lines_have_no_delimiter_and_are_read_as_ever()
    {
        _raw.Write("log.jsonl", """{"user":"u","item":"a","rating":5,"timestamp":7}""");

        Assert.Equal(["u a 5 7 1"], RawFiles.Rows(_raw.Prepare("csv", options => options with { Log = "log.jsonl", PositiveFrom = 4, Delimiter = ";", Split = new TemporalSplit(new SplitShares(1, 0, 0)) })));
    }

    [Fact]
    public void The_same_short_text_is_one_string_and_others_are_left_to_the_caller()
    {
        var texts = new ShortTexts();

        Assert.Same(texts.Find("A1RSDE90N6RSZF"u8), texts.Find("A1RSDE90N6RSZF"u8));
        Assert.Equal(("", "x", "0123456789"), (texts.Find(""u8), texts.Find("x"u8), texts.Find("0123456789"u8)));
        Assert.Null(texts.Find("café"u8));
        Assert.Null(texts.Find(new byte[65]));
        Assert.All(Enumerable.Range(0, 300_000), i => Assert.Equal($"id{i}", texts.Find(System.Text.Encoding.ASCII.GetBytes($"id{i}"))));
    }

    [Fact]
    public void Rows_out_of_order_are_sorted_by_time_and_ties_keep_the_files_order()
    {
        var random = SeededRandom.Stream(1, "times");
        string[] rows = [.. Enumerable.Range(0, 5000).Select(i => $"u{i},i{i % 9},4,{random.NextUInt64() % 50}")];
        _raw.Write("log.csv", ["user,item,rating,timestamp", .. rows]);

        var dataset = _raw.Prepare("csv", options => options with { Log = "log.csv", PositiveFrom = 4 });

        Assert.Equal(
            rows.OrderBy(row => long.Parse(row.Split(',')[3])).Select(row => row.Split(',')[0]),
            dataset.Interactions.Select(row => dataset.Users[row.User]));
    }
}

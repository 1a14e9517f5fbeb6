using ThinkRec.Data;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests;

public sealed class ReasonFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dataset _dataset = Hand.Dataset();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reading_gives_back_what_was_written_and_finds_the_rows()
    {
        ReasonRow[] reasons = [Row(), Row() with { Item = "y", Timestamp = 2, Answer = "No", Reason = "No. It is “sad”." }];

        ReasonFile.Write(_folder.File("reasons.jsonl"), reasons);
        var read = ReasonFile.Read(_folder.File("reasons.jsonl"), _dataset);

        Assert.Equal(reasons.Select(r => r with { Checks = [] }), read.Select(r => r with { Checks = [] }));
        Assert.Equal(["answer"], read[0].Checks);
        Assert.Equal([0, 1], ReasonFile.RowsOf(_dataset, read));
        Assert.Single(Directory.GetFileSystemEntries(_folder.FullPath));
        Assert.Throws<ArgumentException>(() => ReasonFile.RowsOf(_dataset, [Row() with { Timestamp = 5 }]));
    }

    [Fact]
    public void Costs_survive_the_file_and_are_no_duty()
    {
        var path = _folder.File("reasons.jsonl");
        ReasonRow[] reasons = [Row() with { Cost = new ReasonCost(2, 3, 100, 20, 0.5) }, Row() with { Item = "y", Timestamp = 2, Cost = new ReasonCost(1, 1, 0, 0) }];

        ReasonFile.Write(path, [.. reasons, Row() with { Item = "z", Timestamp = 3 }]);

        Assert.Equal([reasons[0].Cost, reasons[1].Cost, null], ReasonFile.Read(path, _dataset).Select(reason => reason.Cost));
        Assert.EndsWith("\"checks\":[\"answer\"]}", File.ReadAllLines(path)[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"user\":\"a\"", "\"user\":\"ghost\"", "user 'ghost' is not in 'hand'")]
    [InlineData("\"item\":\"x\"", "\"item\":\"ghost\"", "item 'ghost' is not in 'hand'")]
    [InlineData("\"timestamp\":1", "\"timestamp\":9", "user 'a' has no interaction with item 'x' at 9")]
    [InlineData("\"timestamp\":1", "\"timestamp\":\"soon\"", "expected one JSON object")]
    [InlineData("\"answer\":\"Yes\"", "\"answer\":\"Maybe\"", "expected the answer Yes or No but found 'Maybe'")]
    [InlineData("\"answer\":\"Yes\"", "\"answer\":\"No\"", "expected a reason that starts with 'No.'")]
    [InlineData("\"teacher\":\"local\",", "", "expected one JSON object")]
    [InlineData("\"teacher\"", "\"preacher\"", "expected one JSON object")]
    [InlineData("\"local\"", "null", "expected one JSON object")]
    [InlineData("}", "", "expected one JSON object")]
    public void A_damaged_line_is_named(string find, string replacement, string expected)
    {
        var path = _folder.File("reasons.jsonl");
        ReasonFile.Write(path, [Row() with { Item = "y", Timestamp = 2 }, Row()]);
        var lines = File.ReadAllLines(path);
        Assert.Contains(find, lines[1], StringComparison.Ordinal);
        File.WriteAllLines(path, [lines[0], lines[1].Replace(find, replacement, StringComparison.Ordinal)]);

        var error = Assert.Throws<DataFormatException>(() => ReasonFile.Read(path, _dataset));

        Assert.StartsWith("reasons.jsonl:2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_reason_for_one_row_and_a_missing_file_are_named()
    {
        var path = _folder.File("reasons.jsonl");
        ReasonFile.Write(path, [Row(), Row()]);

        Assert.StartsWith("reasons.jsonl:2: the same interaction already has a reason on line 1", Assert.Throws<DataFormatException>(() => ReasonFile.Read(path, _dataset)).Message, StringComparison.Ordinal);
        Assert.Contains("there is no such file", Assert.Throws<DataFormatException>(() => ReasonFile.Read(_folder.File("no"), _dataset)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "null\n");
        Assert.Contains("reasons.jsonl:1: ", Assert.Throws<DataFormatException>(() => ReasonFile.Read(path, _dataset)).Message, StringComparison.Ordinal);
    }

    private static ReasonRow Row() => new("a", "x", 1, "Yes", "Yes. Because.", "local", "blind", ["answer"]);
}

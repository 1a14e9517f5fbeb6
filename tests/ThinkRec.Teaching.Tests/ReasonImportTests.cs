using ThinkRec.Data;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests;

public sealed class ReasonImportTests : IDisposable
{
    private static readonly Dataset World = new()
    {
        Card = new DatasetCard { Name = "hand", ItemNoun = "movie", ItemNounPlural = "movies", Source = "a test", Created = "by hand" },
        Users = new IdMap(["a", "b"]),
        Items = new IdMap(["x", "y"]),
        ItemTexts = [ItemText.Empty, ItemText.Empty, ItemText.Empty],
        Interactions =
        [
            new(1, 1, 5, true, 10, Split.Train),
            new(2, 1, 1, false, 20, Split.Train),
            new(1, 1, 1, false, 30, Split.Train),
            new(2, 2, 5, true, 86400, Split.Valid),
        ],
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_answer_is_the_one_given_or_what_the_user_did_in_a_training_row()
    {
        var result = Import("user,item,answer,reason\na,x,,Far away.\nb,x,1,Close by.\nb,y,,Held out.\n");
        var given = Import("user,item,answer,reason\nb,y,no.,\"No. Held out, \nwith an answer.\"\n");

        Assert.Equal([("a", 30L, "No. Far away."), ("b", 20L, "Yes. Close by.")], result.Reasons.Select(reason => (reason.User, reason.Timestamp, reason.Reason)));
        Assert.Equal((1, 0), (result.HeldOut, result.Malformed));
        Assert.Equal("No. Held out, with an answer.", Assert.Single(given.Reasons).Reason);
        Assert.All(result.Reasons, reason => Assert.Equal(("them", "imported"), (reason.Teacher, reason.How)));
    }

    [Fact]
    public void A_time_chooses_the_row_and_without_one_it_is_the_last()
    {
        var timed = Import("user,item,time,reason\na,x,10,First.\na,x,30,Second.\nb,y,1970-01-02,Third.\n");

        Assert.Equal([(10L, "Yes. First."), (30L, "No. Second.")], timed.Reasons.Select(reason => (reason.Timestamp, reason.Reason)));
        Assert.Equal(1, timed.HeldOut);
        Assert.Equal(30, Assert.Single(Import("user,item,reason\na,x,Last.\n").Reasons).Timestamp);
    }

    [Fact]
    public void What_belongs_to_no_row_is_counted_and_the_first_ten_are_named()
    {
        const string Bad = "user,item,time,answer,reason\nc,x,,,R.\na,z,,,R.\na,y,,,R.\na,x,11,,R.\na,x,soon,,R.\na,x,,maybe,R.\na,x,,, \nb,x,,,Good.\nb,x,20,,Twice.\n";

        var result = Import(Bad + string.Concat(Enumerable.Repeat("c,x,,,R.\n", 8)), maxBad: 16);
        var error = Assert.Throws<DataFormatException>(() => Import(Bad, maxBad: 7));

        Assert.Equal((16, "No. Good."), (result.Malformed, Assert.Single(result.Reasons).Reason));
        string[] expected =
        [
            "x.csv:2: user 'c' is not in 'hand'.", "x.csv:3: item 'z' is not in 'hand'.", "x.csv:4: user 'a' has no row with item 'y'.", "x.csv:5: user 'a' has no row with item 'x' at 11.",
            "x.csv:6: expected a time", "x.csv:7: expected the answer Yes or No, or 1 or 0, but found 'maybe'.", "x.csv:8: expected a reason but found nothing.",
            "x.csv:10: user 'b' and item 'x' were already explained on line 9.", "x.csv:11: ", "x.csv:12: ",
        ];
        Assert.All(expected, text => Assert.Contains(text, result.Summary, StringComparison.Ordinal));
        Assert.DoesNotContain("x.csv:13: ", result.Summary, StringComparison.Ordinal);
        Assert.StartsWith("8 malformed lines, 7 allowed: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_texts_are_cleaned_and_what_is_written_can_be_read()
    {
        var result = Import("user\titem\treason\na\tx\tIt\u202e is \u0007close" + new string('x', 20_000) + "\n", "x.tsv");
        ReasonFile.Write(_folder.File("reasons.jsonl"), result.Reasons);

        var reason = Assert.Single(ReasonFile.Read(_folder.File("reasons.jsonl"), World)).Reason;

        Assert.StartsWith("No. It is closexxx", reason, StringComparison.Ordinal);
        Assert.InRange(reason.Length, 7000, 8010);
    }

    private ReasonImportResult Import(string text, string name = "x.csv", int maxBad = 0)
    {
        File.WriteAllText(_folder.File(name), text);
        return new ReasonImport(World, new ReasonImportOptions { Teacher = "them", MaxBad = maxBad }).Run(_folder.File(name));
    }
}

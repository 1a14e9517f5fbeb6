using ThinkRec.Data.Keywords;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests.Keywords;

public sealed class KeywordAssignmentTests : IDisposable
{
    private static readonly string[][] New = [[], ["Wars", "dawn", "sun"], ["sight", "sights", "eye"], []];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(KeywordPolicy.Fill, "war,tense|sight,eye|crime", 1)]
    [InlineData(KeywordPolicy.Merge, "war,tense,dawn|sight,eye|crime", 2)]
    [InlineData(KeywordPolicy.Overwrite, "Wars,dawn,sun|sight,eye|crime", 2)]
    public void The_policy_says_which_keywords_stay(KeywordPolicy policy, string expected, int numChanged)
    {
        var before = TinyData.Three();

        var (after, changed) = KeywordAssignment.Apply(before, New, policy, 3, "by hand");

        Assert.Equal(expected, string.Join('|', after.ItemTexts[1..].Select(text => string.Join(',', text.Keywords))));
        Assert.Equal(numChanged, changed.Count);
        Assert.StartsWith("Keywords: by hand; ", Assert.Single(after.Card.Notes));
        Assert.Equal(["war", "tense"], before.ItemTexts[1].Keywords);
    }

    [Fact]
    public void Old_keywords_are_never_lost_to_the_number_wanted_and_nothing_new_leaves_the_card_as_it_is()
    {
        var (merged, changed) = KeywordAssignment.Apply(TinyData.Three(), New, KeywordPolicy.Merge, 1, "by hand");
        var (same, none) = KeywordAssignment.Apply(TinyData.Three(), [[], [], [], []], KeywordPolicy.Overwrite, 3, "by hand");

        Assert.Equal(["war", "tense"], merged.ItemTexts[1].Keywords);
        Assert.Equal([2], changed);
        Assert.Empty(none);
        Assert.Empty(same.Card.Notes);
    }

    [Fact]
    public void Saving_in_place_keeps_other_files_and_refuses_folders()
    {
        TinyData.Three().Save(_folder.File("data"));
        File.WriteAllText(_folder.File("data/reasons.jsonl"), "mine");
        var (after, _) = KeywordAssignment.Apply(Dataset.Load(_folder.File("data")), New, KeywordPolicy.Fill, 3, "by hand");

        after.SaveInPlace(_folder.File("data"));

        Assert.Equal(["sight", "eye"], Dataset.Load(_folder.File("data")).ItemTexts[2].Keywords);
        Assert.Equal("mine", File.ReadAllText(_folder.File("data/reasons.jsonl")));
        Assert.Equal(["reasons.jsonl"], Dataset.OtherFiles(_folder.File("data")));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.FullPath));
        Directory.CreateDirectory(_folder.File("data/runs"));
        Assert.Contains("holds a folder 'runs'", Assert.Throws<IOException>(() => after.SaveInPlace(_folder.File("data"))).Message);
        Assert.Equal("mine", File.ReadAllText(_folder.File("data/reasons.jsonl")));
    }

    [Fact]
    public void The_report_counts_what_is_shared()
    {
        var (after, changed) = KeywordAssignment.Apply(TinyData.Three(), [[], ["war", "sea"], ["war"], ["war", "sea", "x", "y", "z"]], KeywordPolicy.Overwrite, 9, "by hand");

        var report = KeywordReport.Of(after, changed);

        Assert.Equal((3, 3, 1, 8 / 3.0, 5, 2), (report.Items, report.WithKeywords, report.WithFive, report.MeanPerItem, report.Distinct, report.Shared));
        Assert.Equal(["war 3", "sea 2", "x 1", "y 1", "z 1"], report.MostFrequent.Select(entry => $"{entry.Key} {entry.Value}"));
        Assert.Equal(["x", "y", "z"], report.Examples.Select(example => example.Key));
    }

    [Theory]
    [InlineData("k.tsv", "item_id\tkeywords\nx\tsea, sun\nz\tone|two\nq\tno\n")]
    [InlineData("k.tsv", "item_id:token\tkeywords:token_seq\nx\tsea, sun\nz\tone|two\nq\tno\n")]
    [InlineData("k.jsonl", "{\"item_id\":\"x\",\"keywords\":[\"sea\",\"sun\"]}\n{\"keywords\":\"one;two\",\"item_id\":\"z\"}\n{\"item_id\":\"q\",\"keywords\":[]}\n")]
    public void Keywords_of_a_file_are_given_to_its_items(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);

        var (keywords, unknown) = KeywordFile.Read(_folder.File(name), TinyData.Three());

        Assert.Equal([[], ["sea", "sun"], [], ["one", "two"]], keywords);
        Assert.Equal(1, unknown);
    }

    [Theory]
    [InlineData("k.tsv", "id\tkeywords\nx\ta\n", "k.tsv:1: expected a field 'item_id'")]
    [InlineData("k.tsv", "item_id\tkeywords\nx\ta\nx\tb\n", "k.tsv:3: item 'x' already has keywords above")]
    [InlineData("k.tsv", "item_id\tkeywords\n\ta\n", "k.tsv:2: expected the id of the item")]
    [InlineData("k.tsv", "item_id\tkeywords\nq\ta\n", "none of its 1 items is in 'tiny'")]
    [InlineData("k.jsonl", "{\"item_id\":\"x\",\"keywords\":", "k.jsonl:1: ")]
    [InlineData("k.txt", "x", "Rename it")]
    public void A_file_that_does_not_say_what_it_should_is_refused(string name, string content, string expected)
    {
        File.WriteAllText(_folder.File(name), content);

        Assert.Contains(expected, Assert.Throws<DataFormatException>(() => KeywordFile.Read(_folder.File(name), TinyData.Three())).Message);
    }
}

using ThinkRec.Data;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests;

public sealed class ReasonAuditTests : IDisposable
{
    private const string Good = "Yes. The user liked Silent Harbor and Iron Comet, which share war with this one.";
    private static readonly Dataset Hand0 = Hand.Dataset();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Yes. The user liked Merry Mill and a good deal more.", "titles", "'Merry Mill' is not among")]
    [InlineData("Yes. The user liked Happy Days and a good deal more.", "polarity", "'Happy Days' is called liked")]
    [InlineData("Yes. The user liked Silent Harbor for its village and more.", "keywords", "Keyword 'village'")]
    [InlineData("Yes. It is close.", "length", "It has 3 words after the answer; 5 to 12 are allowed")]
    [InlineData("Yes. It is close and close and close and close and close and close.", "length", "It has 13 words")]
    [InlineData("Yes. The correct answer is Yes because it is close.", "leak", "'correct answer'")]
    [InlineData("Yes. As you told me, it is close to the list.", "leak", "'you told'")]
    [InlineData("Yes. My earlier analysis overlooked that it is close.", "leak", "'My earlier analysis'")]
    [InlineData("Yes. Given the hint, I looked again and it is close.", "leak", "'Given the hint'")]
    [InlineData("Yes. Let me reconsider my answer: it is close after all.", "leak", "'reconsider my answer'")]
    [InlineData("Yes. As a language model, I think that it is close.", "leak", "'As a language model'")]
    [InlineData("Yes. Эта картина близка к тому, что понравилось раньше.", "letters", "It is written in Cyrillic letters")]
    public void Each_kind_of_problem_is_found_and_named(string reason, string check, string expected)
    {
        var report = Run(reason);

        var finding = Assert.Single(report.Findings);
        Assert.Equal((2, check), (finding.Line, finding.Check));
        Assert.StartsWith(expected, finding.Problem, StringComparison.Ordinal);
        Assert.Single(report.Clean);
    }

    [Theory]
    [InlineData("Yes. With a hint of war, this one is close to Iron Comet.")]
    [InlineData("Yes. Reviewers say that they mentioned the hints of mystery; reconsider visiting.")]
    [InlineData("Yes. The right mood and a true story make it close.")]
    public void Words_that_only_look_like_a_leak_are_none(string reason) => Assert.Empty(Run(reason).Findings);

    [Fact]
    public void An_answer_against_the_label_a_repeated_text_and_a_row_of_another_split_are_found()
    {
        var dataset = Hand.Dataset();
        dataset.Interactions[4] = dataset.Interactions[4] with { Split = Split.Valid };
        var path = Write([Row(0, "Yes. One of the best there is."), Row(1, "Yes. One of  the best there is."), Row(4, "No. It is not one of the best.")]);

        var report = new ReasonAudit(dataset, new ReasonAuditOptions()).Run(ReasonFile.Scan(path, dataset));

        Assert.Equal([(2, "answer"), (2, "duplicate"), (3, "split")], report.Findings.Select(finding => (finding.Line, finding.Check)));
        Assert.Equal(ReasonAudit.Checks, Assert.Single(report.Clean).Checks);
    }

    [Fact]
    public void Damaged_lines_are_findings_and_the_others_are_checked_all_the_same()
    {
        var path = Write([Row(3, Good), Row(3, Good), Row(0, "Yes. One of the best there is.")]);
        File.AppendAllText(path, "{\"user\":\n[]\nnull\n{}\n");

        var report = new ReasonAudit(Hand0, new ReasonAuditOptions()).Run(ReasonFile.Scan(path, Hand0));

        Assert.Equal([2, 4, 5, 6, 7], report.Findings.Select(finding => finding.Line));
        Assert.All(report.Findings, finding => Assert.Equal("line", finding.Check));
        Assert.Equal((7, 2), (report.Lines, report.Clean.Count));
    }

    [Fact]
    public void What_the_local_teacher_writes_has_no_problem()
    {
        var world = BuiltInWorld.Generate(new BuiltInWorldOptions { NumUsers = 60, NumItems = 100 }).Dataset;
        var path = _folder.File("reasons.jsonl");
        ReasonFile.Write(path, ReasonSynthesis.Run(world, new ReasonSynthesisOptions { Count = 300 }).Reasons);

        var report = new ReasonAudit(world, new ReasonAuditOptions()).Run(ReasonFile.Scan(path, world));

        Assert.DoesNotContain(report.Findings, finding => finding.Check != "duplicate");
        Assert.InRange(report.Clean.Count, 295, 300);
    }

    private static ReasonRow Row(int row, string reason)
    {
        var interaction = Hand0.Interactions[row];
        return new ReasonRow(
            Hand0.Users[interaction.User], Hand0.Items[interaction.Item], interaction.Timestamp, reason.Split('.')[0], reason, "test", "blind", []);
    }

    private string Write(IEnumerable<ReasonRow> rows)
    {
        ReasonFile.Write(_folder.File("reasons.jsonl"), rows);
        return _folder.File("reasons.jsonl");
    }

    /// <summary>Checks a usual reason, and on line 2 the one that is tested.</summary>
    private ReasonAuditReport Run(string reason)
    {
        var path = Write([Row(4, "No. The user disliked Happy Days, which shares comedy with it."), Row(3, reason)]);
        return new ReasonAudit(Hand0, new ReasonAuditOptions { MaxWords = 12 }).Run(ReasonFile.Scan(path, Hand0));
    }
}

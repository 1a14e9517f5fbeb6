using System.IO.Compression;
using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests;

/// <summary>Explanations that another project's language model wrote about real interactions, as a set of reasons.</summary>
public sealed class XRecReasonsTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("amazon")]
    [InlineData("yelp")]
    [InlineData("google")]
    public void Foreign_reasons_pass_or_fail_for_what_is_in_them(string source)
    {
        var name = $"xrec/{source}_explanations.jsonl.gz";
        Assert.SkipUnless(Repository.HasData(name), $"{name} is not in the public data folder");
        using var folder = new TemporaryFolder();
        var (dataset, reasons) = Import(Repository.Data(name));
        ReasonFile.Write(folder.File("reasons.jsonl"), [.. reasons, reasons[0]]);

        var report = new ReasonAudit(dataset, new ReasonAuditOptions()).Run(ReasonFile.Scan(folder.File("reasons.jsonl"), dataset));

        foreach (var check in ReasonAudit.Checks)
        {
            var found = report.Findings.Where(finding => finding.Check == check).ToArray();
            output.WriteLine($"{check}: {found.Length} {string.Join(" | ", found.Take(3).Select(finding => $"{finding.Line}: {finding.Problem}"))}");
        }

        output.WriteLine($"{report.Lines} lines, {report.Clean.Count} clean");
        Assert.Equal(reasons.Length + 1, report.Lines);
        Assert.Equal((reasons.Length + 1, "line"), (report.Findings[^1].Line, report.Findings[^1].Check));
        Assert.DoesNotContain(report.Findings, finding => finding.Check is "answer" or "leak" or "letters" or "split");
        Assert.InRange(report.Clean.Count, reasons.Length * 8 / 10, reasons.Length);
    }

    private static (Dataset Dataset, ReasonRow[] Reasons) Import(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var rows = new List<(string User, string Item, string Title, string Text)>();
        while (reader.ReadLine() is { } line)
        {
            var row = JsonDocument.Parse(line).RootElement;
            rows.Add((row.GetProperty("uid").ToString(), row.GetProperty("iid").ToString(), row.GetProperty("title").ToString(), row.GetProperty("explanation").ToString()));
        }

        rows = [.. rows.DistinctBy(row => (row.User, row.Item))];
        var (users, items) = (new IdMap(rows.Select(row => row.User).Distinct()), new IdMap(rows.Select(row => row.Item).Distinct()));
        var titles = rows.DistinctBy(row => row.Item).ToDictionary(row => row.Item, row => row.Title);
        var dataset = new Dataset
        {
            Card = new DatasetCard { Name = "xrec", ItemNoun = "item", ItemNounPlural = "items", Source = "XRec", Created = "by a test" },
            Users = users,
            Items = items,
            ItemTexts = [ItemText.Empty, .. Enumerable.Range(1, items.Count - 1).Select(item => new ItemText(titles[items[item]], "", []))],
            Interactions = [.. rows.Select((row, i) => new Interaction(users.Find(row.User)!.Value, items.Find(row.Item)!.Value, 5, true, i, Split.Train))],
        };
        return (dataset, [.. rows.Select((row, i) => new ReasonRow(row.User, row.Item, i, "Yes", "Yes. " + row.Text, "gpt-3.5", "xrec", []))]);
    }
}

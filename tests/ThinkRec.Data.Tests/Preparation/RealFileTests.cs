using ThinkRec.Data.Audit;
using ThinkRec.Data.Preparation;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests.Preparation;

/// <summary>The original files, where they are there: the counts that a script which shares no code with the readers found in them.</summary>
public sealed class RealFileTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["ml-100k"] = new("ml-100k", "ml-100k", options => options, 943, 1682, "80003/9997/10000", "44072/5674/5629",
            "cold-items:202 cold-users:17048 items-without-words:1 time-ties:50561"),
        ["ml-100k by ratio"] = new("ml-100k", "ml-100k", options => options with { Split = new RatioSplit(SplitShares.Default) }, 943, 1682, "80808/9596/9596"),
        ["ml-100k leaving one out"] = new("ml-100k", "ml-100k", options => options with { Split = new LeaveOneOutSplit() }, 943, 1682, "98114/943/943"),
        ["ml-100k, 50 rows counted once"] = new("ml-100k", "ml-100k", options => options with { MinRows = 50, Split = Everything }, 568, 603, "73544/0/0"),
        ["ml-100k, 50-core"] = new("ml-100k", "ml-100k", options => options with { MinRows = 50, IsKCoreIterative = true, Split = Everything }, 513, 560, "69222/0/0"),
        ["ml-latest-small"] = new("ml-latest", "ml-latest-small", options => options, 610, 9724, "80670/10083/10083", "39256/5197/4127",
            "cold-items:3044 cold-users:18247 items-without-words:9 time-ties:15790"),
        ["ml-1m"] = new("ml-1m", "ml-1m", options => options, 803, 3199, "33891/10401/0", Audit: "cold-items:138 cold-users:3686 time-ties:14619"),
        ["yelp"] = new("yelp", "yelp", options => options, 1709, 914, "1380/172/172", "952/128/117", "cold-items:170 cold-users:343"),
        ["yelp with all businesses"] = new("yelp", "yelp", options => options with { KeepUndescribed = true }, 4843, 2663, "4000/500/500", "2735/373/359"),
        ["gift cards"] = new("amazon", "amazon-v2", options => options with { Category = "Gift_Cards" }, 458, 148, "2377/296/296", "2211/280/259",
            "cold-items:12 cold-users:337 target-in-training-history:4 time-ties:1725"),
        ["beauty"] = new("amazon", "amazon-v2", options => options with { Category = "All_Beauty" }, 991, 85, "3330/415/416", "3092/313/262",
            "cold-items:153 cold-users:684 items-without-words:85 target-in-history:22 target-in-training-history:47 time-ties:2855"),
        ["beauty as in the paper"] = new("amazon", "amazon-v2", options => options with { Preset = "beauty" }, null, null, "611/55/56"),
        ["books"] = new("csv", "amazon-books-kaggle", Books, 1070, 122, "885/110/110", "686/92/100",
            "cold-items:6 cold-users:219 items-without-words:13 target-in-history:1 target-in-training-history:5 time-ties:7"),
    };

    public static TheoryData<string> Names { get; } = [.. Cases.Keys];

    private static SplitRule Everything => new TemporalSplit(new SplitShares(1, 0, 0));

    [Theory]
    [MemberData(nameof(Names))]
    public void Counts_are_those_of_the_files(string name)
    {
        var expected = Cases[name];
        Assert.SkipUnless(Repository.HasData(expected.Folder), $"needs the public data of {expected.Folder}");

        var dataset = RawDatasets.Prepare(expected.Dataset, expected.Change(new RawDatasetOptions { Raw = Repository.Data(expected.Folder) }));

        output.WriteLine(DatasetStatistics.Describe(dataset).ToText());
        output.WriteLine(string.Join('\n', dataset.Card.Notes));
        Assert.Equal(expected.Rows, BySplit(dataset, _ => true));
        Assert.Equal((expected.Users ?? dataset.Users.Count - 1, expected.Items ?? dataset.Items.Count - 1), (dataset.Users.Count - 1, dataset.Items.Count - 1));
        Assert.Equal(expected.Likes ?? BySplit(dataset, row => row.Label), BySplit(dataset, row => row.Label));
        using var folder = new TemporaryFolder();
        dataset.Save(folder.File("d"));
        var loaded = Dataset.Load(folder.File("d"));
        Assert.Equal(dataset.Interactions, loaded.Interactions);
        Assert.Equal(DatasetStatistics.Describe(dataset).ToText(), DatasetStatistics.Describe(loaded).ToText());
        Assert.Equal(expected.Audit ?? AuditOf(loaded), AuditOf(loaded));
    }

    [Fact]
    public void Magazines_without_reviews_are_refused_with_the_reason()
    {
        Assert.SkipUnless(Repository.HasData("amazon-v2"), "needs the public data of amazon-v2");

        var error = Assert.Throws<DataFormatException>(() => RawDatasets.Prepare("amazon", new RawDatasetOptions { Raw = Repository.Data("amazon-v2"), Category = "Magazine_Subscriptions" }));

        Assert.Contains("There is only meta_Magazine_Subscriptions", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Films_of_the_hundred_thousand_get_their_descriptions()
    {
        Assert.SkipUnless(Repository.HasData("ml-100k/movie_details.jsonl.gz"), "needs the public data of ml-100k");

        var dataset = RawDatasets.Prepare("ml-100k", new RawDatasetOptions { Raw = Repository.Data("ml-100k"), Texts = Repository.Data("ml-100k/movie_details.jsonl.gz") });

        var lawrence = dataset.ItemTexts[dataset.Items.Find("511")!.Value];
        Assert.Equal(("Lawrence of Arabia", 1962), (lawrence.Title, lawrence.Year));
        Assert.StartsWith("The story of T.E. Lawrence", lawrence.Description, StringComparison.Ordinal);
        Assert.Equal(["Adventure", "War"], lawrence.Keywords);
    }

    // 313 of the rows name no user, and one book has no title.
    private static RawDatasetOptions Books(RawDatasetOptions options) => options with
    {
        Log = "Books_rating.csv.gz",
        ItemFile = "books_data.csv.gz",
        Map = ColumnMap.Parse(["item=Title", "rating=review/score", "time=review/time"], ColumnMap.LogRoles),
        ItemMap = ColumnMap.Parse(["item=Title"], ColumnMap.ItemRoles),
        PositiveFrom = 4,
        MaxBad = 314,
    };

    // The checks that a script can count in the prepared files; those of titles are judgements.
    private static string AuditOf(Dataset dataset) => string.Join(' ', DatasetAudit.Run(dataset).Where(finding => !finding.Kind.Contains("titles", StringComparison.Ordinal))
        .OrderBy(finding => finding.Kind, StringComparer.Ordinal).Select(finding => $"{finding.Kind}:{finding.Count}"));

    private static string BySplit(Dataset dataset, Func<Interaction, bool> counts) =>
        string.Join('/', new[] { Split.Train, Split.Valid, Split.Test }.Select(split => dataset.RowsOf(split).Count(row => counts(dataset.Interactions[row]))));

    private sealed record Case(
        string Dataset, string Folder, Func<RawDatasetOptions, RawDatasetOptions> Change, int? Users, int? Items, string Rows, string? Likes = null, string? Audit = null);
}

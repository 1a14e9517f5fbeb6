using System.Text;
using ThinkRec.Data.Download;
using ThinkRec.Data.Preparation;
using ThinkRec.Downloads;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests.Download;

public sealed class DatasetDownloadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Downloader _downloader = new(new DownloadOptions { Retries = 1, FirstDelay = TimeSpan.FromMilliseconds(1) });

    private string Target => _folder.File("raw");

    public void Dispose()
    {
        _downloader.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_zip_is_checked_unpacked_and_ready_to_prepare()
    {
        await using var server = PublisherServer.Start(PublisherServer.Files());

        DownloadRecord record = await RunAsync("ml-latest-small", server);

        Assert.True(Assert.Single(record.Sources).IsChecked);
        Assert.Equal(["README.txt", "movies.csv", "ratings.csv"], record.Files.Select(file => file.Name));
        Assert.Equal(["README.txt", "download.json", "movies.csv", "ratings.csv"], Directory.EnumerateFiles(Target).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(_folder.FullPath));
        Assert.Equal((3, 5), (RawDatasets.Prepare("ml-latest", new RawDatasetOptions { Raw = Target }).Users.Count - 1, RawDatasets.Prepare("ml-latest", new RawDatasetOptions { Raw = Target }).Items.Count - 1));
    }

    [Fact]
    public async Task Files_that_nobody_publishes_checksums_of_are_recorded_and_ready_to_prepare()
    {
        await using var server = PublisherServer.Start(PublisherServer.Files());

        DownloadRecord record = await RunAsync("amazon/Gift_Cards", server);

        Assert.All(record.Sources, source => Assert.False(source.IsChecked));
        Assert.Equal(record.Sources.Select(source => source.Sha256), record.Files.Select(file => file.Sha256));
        Dataset dataset = RawDatasets.Prepare("amazon", new RawDatasetOptions { Raw = Target, Category = "Gift_Cards" });
        Assert.Equal((3, 4, "Card 0"), (dataset.Users.Count - 1, dataset.Items.Count - 1, dataset.ItemTexts[1].Title));
    }

    [Fact]
    public async Task A_folder_that_holds_the_dataset_is_compared_and_nothing_is_asked()
    {
        await using var server = PublisherServer.Start(PublisherServer.Files());
        DownloadRecord record = await RunAsync("amazon/Gift_Cards", server);
        int asked = server.Requests.Count;

        Assert.Equal(record.Files, (await RunAsync("amazon/Gift_Cards", server)).Files);
        File.AppendAllText(Path.Combine(Target, "meta_Gift_Cards.json.gz"), "x");
        var changed = await Assert.ThrowsAsync<DataFormatException>(() => RunAsync("amazon/Gift_Cards", server));
        var other = await Assert.ThrowsAsync<IOException>(() => RunAsync("ml-latest-small", server));
        File.WriteAllText(Path.Combine(Target, "download.json"), "{}");
        var malformed = await Assert.ThrowsAsync<DataFormatException>(() => RunAsync("amazon/Gift_Cards", server));

        Assert.Equal(asked, server.Requests.Count);
        Assert.Contains("meta_Gift_Cards.json.gz: expected the", changed.Message, StringComparison.Ordinal);
        Assert.Contains("holds amazon/Gift_Cards", other.Message, StringComparison.Ordinal);
        Assert.Contains("expected the record of a download", malformed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_holds_something_else_is_left_alone()
    {
        await using var server = PublisherServer.Start(PublisherServer.Files());
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "thesis.txt"), "");

        await Assert.ThrowsAsync<IOException>(() => RunAsync("ml-latest-small", server));

        Assert.Empty(server.Requests);
        Assert.Equal([Path.Combine(Target, "thesis.txt")], Directory.EnumerateFiles(Target));
    }

    [Theory]
    [InlineData("ml-1m", "expected 5917549 bytes")]
    [InlineData("ml-32m", "expected MD5 d472be332d4daa821edc399621853b57")]
    [InlineData("ml-25m", "answered 404")]
    public async Task A_file_that_is_not_the_publishers_is_refused(string name, string said)
    {
        await using var server = PublisherServer.Start(PublisherServer.Files());

        var error = await Assert.ThrowsAsync<DownloadException>(() => RunAsync(name, server));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public async Task A_published_checksum_that_is_none_or_another_is_refused()
    {
        Dictionary<string, byte[]> files = PublisherServer.Files();
        await using var server = PublisherServer.Start(files);

        files[PublisherServer.LatestSmall + ".md5"] = Encoding.ASCII.GetBytes("<html>moved</html>");
        var none = await Assert.ThrowsAsync<DownloadException>(() => RunAsync("ml-latest-small", server));
        files[PublisherServer.LatestSmall + ".md5"] = Encoding.ASCII.GetBytes(new string('a', 32) + "  ml-latest-small.zip");
        var another = await Assert.ThrowsAsync<DownloadException>(() => RunAsync("ml-latest-small", server));

        Assert.Contains("expected an MD5 but found '<html>", none.Message, StringComparison.Ordinal);
        Assert.Contains("expected MD5 aaaa", another.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_ends_early_keeps_what_came_and_the_next_goes_on()
    {
        bool isBroken = true;
        await using var server = PublisherServer.Start(PublisherServer.Files(), (request, reply) => isBroken && request.Path == PublisherServer.GiftCardsMeta ? new LoopbackReply(404, "") : reply);
        await Assert.ThrowsAsync<DownloadException>(() => RunAsync("amazon/Gift_Cards", server));
        Assert.False(Directory.Exists(Target));
        Assert.True(File.Exists(Target + ".part/Gift_Cards_5.json.gz"));
        // As if the call after it had been killed between the last moves.
        Directory.CreateDirectory(Target + ".part/ready");
        File.Move(Target + ".part/Gift_Cards_5.json.gz", Target + ".part/ready/Gift_Cards_5.json.gz");
        isBroken = false;

        await RunAsync("amazon/Gift_Cards", server);

        Assert.Single(server.Requests, request => request.Path == PublisherServer.GiftCards);
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public async Task A_hostile_zip_leaves_no_folder()
    {
        Dictionary<string, byte[]> files = PublisherServer.Files();
        byte[] zip = files[PublisherServer.LatestSmall] = PublisherServer.ZipOf(("ml/ratings.csv", "x"), ("../../evil", "x"));
        files[PublisherServer.LatestSmall + ".md5"] = Encoding.ASCII.GetBytes(PublisherServer.Md5(zip));
        await using var server = PublisherServer.Start(files);

        var error = await Assert.ThrowsAsync<DownloadException>(() => RunAsync("ml-latest-small", server));

        Assert.Contains("'../../evil'", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Target));
        Assert.Equal([Target + ".part"], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void Every_set_has_https_addresses_terms_and_a_reader()
    {
        string[] names = ["ml-100k", "ml-1m", "ml-25m", "ml-32m", "ml-latest-small", "ml-latest", .. PublicDatasets.AmazonCategories.SelectMany(category => new[] { $"amazon/{category}", $"amazon-full/{category}" })];

        Assert.All(names.Select(PublicDatasets.Find), set =>
        {
            Assert.All(set.Files, file => Assert.Equal("https", file.Address.Scheme));
            Assert.All(set.Files, file => Assert.True(file.Md5 is null or { Length: 32 } && file.Sha256 is null or { Length: 64 }));
            Assert.Contains(set.PrepareAs.Split(' ')[0], RawDatasets.Names);
            Assert.NotEmpty(set.Terms);
        });
    }

    [Theory]
    [InlineData("yelp", "https://business.yelp.com/data/resources/open-dataset/")]
    [InlineData("amazon/Cats", "Gift_Cards")]
    [InlineData("ml-2m", "ml-latest-small")]
    [InlineData("amazon", "amazon/CATEGORY")]
    public void What_cannot_be_had_says_what_can(string name, string said) => Assert.Contains(said, Assert.Throws<ArgumentException>(() => PublicDatasets.Find(name)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("http://mirror.example")]
    [InlineData("ftp://127.0.0.1")]
    public void A_mirror_must_be_safe(string mirror) => Assert.Throws<ArgumentException>(() => PublicDatasets.Find("ml-1m").From(new Uri(mirror)));

    private Task<DownloadRecord> RunAsync(string name, LoopbackServer server) =>
        new DatasetDownload(_downloader).RunAsync(PublicDatasets.Find(name).From(server.Root()), Target, TestContext.Current.CancellationToken);
}

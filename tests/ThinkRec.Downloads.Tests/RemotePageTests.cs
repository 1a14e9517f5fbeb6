using System.Text;
using ThinkRec.TestKit;

namespace ThinkRec.Downloads.Tests;

public sealed class RemotePageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Downloader _downloader = new(new DownloadOptions { Retries = 1, FirstDelay = TimeSpan.FromMilliseconds(1) });

    public void Dispose()
    {
        _downloader.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Link: <https://hub.example/list?cursor=a%3D>; rel=\"next\"", "https://hub.example/list?cursor=a%3D")]
    [InlineData("link: <?page=1>; rel=\"first\", <?page=3>; title=\"on\"; rel=next", "?page=3")]
    [InlineData("Link: <?page=1>; rel=\"prev\"", null)]
    [InlineData("Link: nonsense", null)]
    [InlineData("X-Other: 1", null)]
    public async Task A_page_says_where_the_next_is(string header, string? next)
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(200, "[\"ä\"]") { Headers = [header] });

        RemotePage page = await _downloader.FetchPageAsync(At(server), TestContext.Current.CancellationToken);

        Assert.Equal(new RemotePage("[\"ä\"]", next), page);
    }

    [Fact]
    public async Task A_page_that_breaks_off_is_asked_for_again_and_a_long_one_is_refused()
    {
        await using var server = new LoopbackServer(request => new LoopbackReply(200, new string('x', 1000)) { CutAfter = request.Number == 0 ? 10 : null });

        RemotePage page = await _downloader.FetchPageAsync(At(server) with { MaxBytes = 1000 }, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<DownloadException>(() => _downloader.FetchPageAsync(At(server) with { MaxBytes = 999 }, TestContext.Current.CancellationToken));

        Assert.Equal((1000, 3), (page.Text.Length, server.Requests.Count));
        Assert.Contains("more than 999 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task A_refusal_carries_what_the_server_answered(int status)
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(status, ""));

        var error = await Assert.ThrowsAsync<DownloadException>(() => _downloader.FetchPageAsync(At(server), TestContext.Current.CancellationToken));

        Assert.Equal(status, error.StatusCode);
    }

    // As `git hash-object` prints them.
    [Theory]
    [InlineData("hello\n", "ce013625030ba8dba906f756967f9e9ca394464a")]
    [InlineData("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")]
    public async Task The_name_that_git_gives_a_content_is_a_checksum(string content, string blob)
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(200, content));

        await _downloader.FetchAsync(At(server) with { GitBlob = blob }, _folder.File("a"), null, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<DownloadException>(
            () => _downloader.FetchAsync(At(server) with { GitBlob = new string('0', 40) }, _folder.File("b"), null, TestContext.Current.CancellationToken));

        Assert.Equal(content, File.ReadAllText(_folder.File("a")));
        Assert.Contains("expected git blob 0000000000000000000000000000000000000000 but found " + blob, error.Message, StringComparison.Ordinal);
        Assert.Equal([_folder.File("a")], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void What_has_no_room_is_refused_with_both_numbers()
    {
        string missing = Path.Combine(_folder.FullPath, "not", "yet", "there");

        DiskSpace.Require("a file", DiskSpace.FreeAt(missing) / 2, missing);
        var error = Assert.Throws<DownloadException>(() => DiskSpace.Require("a file", long.MaxValue, missing));

        Assert.Contains($"a file needs {long.MaxValue} more bytes, but {missing} has ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recorded_file_is_compared_by_length_and_content()
    {
        File.WriteAllBytes(_folder.File("a"), Encoding.ASCII.GetBytes("one"));
        RecordedFile file = RecordedFile.Of(_folder.FullPath, "a");

        Assert.Null(file.Difference(_folder.FullPath));
        File.WriteAllText(_folder.File("a"), "two");
        Assert.Contains("expected the 3 bytes that were downloaded but found others", file.Difference(_folder.FullPath), StringComparison.Ordinal);
        File.Delete(_folder.File("a"));
        Assert.Contains("but found no file", file.Difference(_folder.FullPath), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_shows_no_token() => Assert.DoesNotContain("secret", $"{new RemoteFile { Address = new Uri("https://hub.example/a"), BearerToken = "secret" }}", StringComparison.Ordinal);

    private static RemoteFile At(LoopbackServer server) => new() { Address = new Uri(server.Address + "/list") };
}

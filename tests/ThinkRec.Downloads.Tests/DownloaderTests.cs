using System.Security.Cryptography;
using ThinkRec.TestKit;

namespace ThinkRec.Downloads.Tests;

public sealed class DownloaderTests : IDisposable
{
    private static readonly DownloadOptions Quick = new() { Retries = 3, FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(5), Silence = TimeSpan.FromMilliseconds(500) };
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7 / 3))];
    private static readonly string Sha256 = Convert.ToHexString(SHA256.HashData(Content));
    private static readonly LoopbackFile File1 = new(Content);

    private readonly TemporaryFolder _folder = new();
    private readonly Downloader _downloader = new(Quick);

    private string Target => _folder.File("file.bin");

    public void Dispose()
    {
        _downloader.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_comes_whole_and_leaves_nothing_else()
    {
        await using var server = new LoopbackServer(File1.Answer);
        List<(long Bytes, long? Total)> told = [];

        DownloadedFile file = await _downloader.FetchAsync(At(server) with { Sha256 = Sha256, Length = Content.Length }, Target, (bytes, total) => told.Add((bytes, total)), TestContext.Current.CancellationToken);

        Assert.Equal((Content.Length, Sha256, false), (file.Length, file.Sha256.ToUpperInvariant(), file.WasThere));
        AssertWhole();
        Assert.Equal((Content.Length, Content.Length), told[^1]);
    }

    [Fact]
    public async Task A_connection_that_breaks_off_is_taken_up_where_it_stopped_however_often()
    {
        await using var server = new LoopbackServer(request => File1.Answer(request) with { CutAfter = 30_000 });

        await FetchAsync(At(server));

        AssertWhole();
        Assert.True(server.Requests.Count >= 10);
        Assert.Equal("bytes=30000-", server.Requests.ElementAt(1).Range);
        Assert.Equal("\"v1\"", server.Requests.ElementAt(1).IfRange);
    }

    [Fact]
    public async Task What_a_call_left_is_gone_on_with_by_the_next()
    {
        await using var broken = new LoopbackServer(request => request.Range is null ? File1.Answer(request) with { CutAfter = 100_000 } : new LoopbackReply(404, ""));
        RemoteFile file = At(broken);
        await RefusedAsync(file, "answered 404");
        Assert.Equal(100_000, new FileInfo(Target + ".part").Length);
        File.WriteAllText(Target + ".part.json", File.ReadAllText(Target + ".part.json").Replace(broken.Address.Port.ToString(), "PORT"));
        await using var server = new LoopbackServer(File1.Answer);
        File.WriteAllText(Target + ".part.json", File.ReadAllText(Target + ".part.json").Replace("PORT", server.Address.Port.ToString()));

        await FetchAsync(At(server));

        AssertWhole();
        Assert.Equal("bytes=100000-", Assert.Single(server.Requests).Range);
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_sends_the_whole_again()
    {
        await using var server = new LoopbackServer(request => new LoopbackReply(200, "") { Bytes = Content, Headers = ["ETag: \"v1\""], CutAfter = request.Number == 0 ? 1000 : null });

        await FetchAsync(At(server));

        AssertWhole();
    }

    [Fact]
    public async Task A_server_that_always_breaks_off_at_one_place_is_given_up()
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(200, "") { Bytes = Content, CutAfter = 1000 });

        string error = await RefusedAsync(At(server), "broke off");

        Assert.Contains("Call again", error);
        Assert.InRange(server.Requests.Count, 4, 8);
    }

    [Fact]
    public async Task A_file_that_changed_meanwhile_begins_anew()
    {
        byte[] other = [.. Content.Select(b => (byte)(b ^ 1))];
        await using var server = new LoopbackServer(request => request.Number == 0
            ? File1.Answer(request) with { CutAfter = 1000 }
            : new LoopbackFile(other) { ETag = "\"v2\"" }.Answer(request));

        await FetchAsync(At(server));

        Assert.Equal(other, File.ReadAllBytes(Target));
    }

    [Fact]
    public async Task A_rest_of_another_version_is_not_appended()
    {
        byte[] other = [.. Content.Select(b => (byte)(b ^ 1))];
        await using var server = new LoopbackServer(request => request.Number switch
        {
            0 => File1.Answer(request) with { CutAfter = 1000 },
            1 => new LoopbackReply(206, "") { Bytes = other[1000..], Headers = ["ETag: \"v2\"", $"Content-Range: bytes 1000-{other.Length - 1}/{other.Length}"] },
            _ => new LoopbackFile(other) { ETag = "\"v2\"" }.Answer(request),
        });

        await FetchAsync(At(server));

        Assert.Equal(other, File.ReadAllBytes(Target));
    }

    [Fact]
    public async Task Without_a_version_nothing_is_pieced_together()
    {
        await using var server = new LoopbackServer(request => (File1 with { ETag = null }).Answer(request) with { CutAfter = request.Number == 0 ? 1000 : null });

        await FetchAsync(At(server));

        AssertWhole();
        Assert.All(server.Requests, request => Assert.Null(request.Range));
    }

    [Fact]
    public async Task A_wrong_checksum_throws_what_came_away()
    {
        await using var server = new LoopbackServer(File1.Answer);

        await RefusedAsync(At(server) with { Sha256 = new string('0', 64) }, "expected SHA-256 0000");
        await RefusedAsync(At(server) with { Md5 = new string('0', 32) }, "expected MD5 0000");

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public async Task A_wrong_length_is_refused_before_it_is_taken()
    {
        await using var server = new LoopbackServer(File1.Answer);

        await RefusedAsync(At(server) with { Length = 5 }, "expected 5 bytes but the server offers 300000");
        await RefusedAsync(At(server) with { MaxBytes = 5 }, "expected at most 5 bytes");
    }

    [Fact]
    public async Task A_body_without_a_length_needs_a_checksum_and_has_a_limit()
    {
        await using var server = new LoopbackServer(request => File1.Answer(request) with { HasNoLength = true });

        await RefusedAsync(At(server), "does not say how long the file is");
        await RefusedAsync(At(server) with { Sha256 = Sha256, MaxBytes = 1000 }, "sends more than the 1000 bytes");
        await FetchAsync(At(server) with { Sha256 = Sha256 });

        AssertWhole();
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task What_may_pass_is_tried_again(int status)
    {
        await using var server = new LoopbackServer(request => request.Number < 2 ? new LoopbackReply(status, "") { Headers = ["Retry-After: 0"] } : File1.Answer(request));

        await FetchAsync(At(server));

        AssertWhole();
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData(404, "may have moved")]
    [InlineData(401, "Check that you may have it")]
    [InlineData(204, "may have moved")]
    public async Task What_will_not_pass_is_not(int status, string said)
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(status, ""));

        await RefusedAsync(At(server), said);

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_server_that_asks_for_an_hour_is_left_alone()
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(503, "") { Headers = ["Retry-After: 3600"] });

        await RefusedAsync(At(server), "asks to wait 60 minutes");

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Silence_counts_as_a_break()
    {
        await using var server = new LoopbackServer(request => request.Number switch
        {
            0 => File1.Answer(request) with { Delay = TimeSpan.FromSeconds(30) },
            1 => File1.Answer(request) with { CutAfter = 1000, Hold = TimeSpan.FromSeconds(30) },
            _ => File1.Answer(request),
        });

        await FetchAsync(At(server));

        AssertWhole();
        Assert.Equal("bytes=1000-", server.Requests.Last().Range);
    }

    [Fact]
    public async Task A_cancelled_call_keeps_what_has_come()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new LoopbackServer(request => File1.Answer(request) with { CutAfter = 1000, Hold = TimeSpan.FromSeconds(30) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _downloader.FetchAsync(At(server), Target, (bytes, _) => { if (bytes == 1000) { stop.Cancel(); } }, stop.Token));

        Assert.Equal(1000, new FileInfo(Target + ".part").Length);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task A_redirect_on_the_same_server_is_followed_and_the_token_goes_with_it()
    {
        await using var server = new LoopbackServer(request => request.Path == "/moved/file.bin" ? File1.Answer(request) : new LoopbackReply(302, "") { Headers = ["Location: /moved/file.bin"] });

        await FetchAsync(At(server) with { BearerToken = "secret" });

        AssertWhole();
        Assert.All(server.Requests, request => Assert.Equal("Bearer secret", request.Authorization));
    }

    [Fact]
    public async Task A_token_does_not_go_to_another_server()
    {
        await using var other = new LoopbackServer(File1.Answer);
        await using var server = new LoopbackServer(_ => new LoopbackReply(302, "") { Headers = [$"Location: {other.Address}/file.bin"] });

        await FetchAsync(At(server) with { BearerToken = "secret" });

        AssertWhole();
        Assert.Null(Assert.Single(other.Requests).Authorization);
    }

    [Theory]
    [InlineData("http://files.example/file.bin", "not https")]
    [InlineData("ftp://files.example/file.bin", "not https")]
    [InlineData("https://evil.example/file.bin", "none of its hosts")]
    [InlineData("https://evilfriend.example/file.bin", "none of its hosts")]
    public async Task A_redirect_elsewhere_is_refused(string location, string said)
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(302, "") { Headers = ["Location: " + location] });

        await RefusedAsync(At(server) with { RedirectHosts = [".friend.example"] }, said);
    }

    [Fact]
    public async Task Redirects_without_end_are_refused()
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(301, "") { Headers = ["Location: again"] });

        await RefusedAsync(At(server), "more than 5 times");
    }

    [Theory]
    [InlineData("http://files.example/file.bin")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://me:word@files.example/file.bin")]
    public async Task Addresses_that_others_can_read_are_refused(string address) => await RefusedAsync(new RemoteFile { Address = new Uri(address) }, "expected an address");

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        var server = new LoopbackServer(File1.Answer);
        RemoteFile file = At(server);
        await server.DisposeAsync();

        await RefusedAsync(file, "was not reached");
    }

    [Fact]
    public async Task An_encoding_that_nobody_asked_for_is_refused()
    {
        await using var server = new LoopbackServer(request => File1.Answer(request) with { Headers = ["Content-Encoding: gzip"] });

        await RefusedAsync(At(server), "encoding 'gzip'");
    }

    [Fact]
    public async Task A_file_that_is_there_is_only_checked()
    {
        await using var server = new LoopbackServer(File1.Answer);
        File.WriteAllBytes(Target, Content);

        DownloadedFile file = await _downloader.FetchAsync(At(server) with { Sha256 = Sha256 }, Target, null, TestContext.Current.CancellationToken);
        await RefusedAsync(At(server) with { Length = 7 }, "expected 7 bytes but found 300000");

        Assert.True(file.WasThere);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Two_downloads_of_one_file_do_not_mix()
    {
        await using var server = new LoopbackServer(File1.Answer);
        using var other = new FileStream(Target + ".part", FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        await RefusedAsync(At(server), "another download of it seems to run");
    }

    [Fact]
    public async Task A_short_text_is_a_text_and_a_long_one_is_refused()
    {
        await using var server = new LoopbackServer(request => request.Path == "/v1/short" ? new LoopbackReply(200, "abc  file\n") : File1.Answer(request));

        Assert.Equal("abc  file\n", await _downloader.FetchTextAsync(new RemoteFile { Address = new Uri(server.Address + "/short") }, TestContext.Current.CancellationToken));
        var error = await Assert.ThrowsAsync<DownloadException>(() => _downloader.FetchTextAsync(At(server), TestContext.Current.CancellationToken));

        Assert.Contains("expected a short text", error.Message, StringComparison.Ordinal);
    }

    private static RemoteFile At(LoopbackServer server) => new() { Address = new Uri(server.Address + "/file.bin") };

    private Task<DownloadedFile> FetchAsync(RemoteFile file) => _downloader.FetchAsync(file, Target, null, TestContext.Current.CancellationToken);

    private async Task<string> RefusedAsync(RemoteFile file, string said)
    {
        var error = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(file));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        return error.Message;
    }

    private void AssertWhole()
    {
        Assert.Equal(Content, File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }
}

using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

public sealed class DataDownloadCommandTests : IDisposable
{
    private const string Path = "/datasets/movielens/ml-latest-small.zip";
    private static readonly byte[] Zip = MakeZip();
    private readonly TemporaryFolder _folder = new();

    private string Raw => _folder.File("raw");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_downloaded_is_prepared_by_the_command_that_the_download_prints()
    {
        await using var server = Server((_, reply) => reply);

        Outcome download = await RunAsync(server, "--accept-licence", "--json");
        string prepare = JsonDocument.Parse(download.Output).RootElement.GetProperty("prepare").GetString()!;
        string[] words = prepare.Split(' ');
        Assert.Equal(["thinkrec", "--out", "data/ml-latest-small"], [words[0], .. words[^2..]]);
        Outcome prepared = await Tool.RunAsync([.. words[1..^1], _folder.File("data")]);

        Assert.Equal((0, "", 0, ""), (download.ExitCode, download.Error, prepared.ExitCode, prepared.Error));
        Assert.True(File.Exists(_folder.File("data/ml-latest.inter")));
    }

    [Fact]
    public async Task Without_consent_the_terms_are_shown_and_nothing_is_asked()
    {
        await using var server = Server((_, reply) => reply);

        Outcome outcome = await RunAsync(server);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("No claim that the university endorses you", outcome.Output);
        Assert.Contains("ml-latest-small-README.html", outcome.Output);
        Assert.Contains("then give --accept-licence", Assert.Single(outcome.Error.TrimEnd('\n').Split('\n')));
        Assert.Empty(server.Requests);
        Assert.False(Directory.Exists(Raw));
    }

    [Fact]
    public async Task A_second_call_compares_and_says_when_a_file_was_changed()
    {
        await using var server = Server((_, reply) => reply);
        Outcome first = await RunAsync(server, "--accept-licence");
        int asked = server.Requests.Count;

        Outcome again = await RunAsync(server, "--accept-licence");
        File.AppendAllText(_folder.File("raw/ratings.csv"), "9,9,9,9\n");
        Outcome changed = await RunAsync(server, "--accept-licence");

        Assert.Equal((0, 0, first.Output, asked), (first.ExitCode, again.ExitCode, again.Output, server.Requests.Count));
        Assert.Contains("the published checksum", first.Output);
        Refusal.AssertOneLine(changed, 1, "ratings.csv", "Delete the folder and download it again");
    }

    [Fact]
    public async Task A_download_that_breaks_off_goes_on_by_itself()
    {
        await using var server = Server((request, reply) => request.Range is null && request.Path == Path ? reply with { CutAfter = 100 } : reply);

        Outcome outcome = await RunAsync(server, "--accept-licence");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains(server.Requests, request => request.Range == "bytes=100-");
    }

    [Fact]
    public async Task A_killed_download_goes_on_with_the_next_call()
    {
        bool isSlow = true;
        await using var server = Server((request, reply) => isSlow && request.Path == Path ? reply with { CutAfter = 100, Hold = TimeSpan.FromSeconds(60) } : reply);
        using (var process = Tool.Start(Call(server, "--accept-licence")))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(30));
            while (!(File.Exists(Raw + ".part/ml-latest-small.zip.part") && new FileInfo(Raw + ".part/ml-latest-small.zip.part").Length == 100))
            {
                await Task.Delay(20, limit.Token);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        isSlow = false;
        Outcome outcome = await RunAsync(server, "--accept-licence");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("bytes=100-", server.Requests.Last(request => request.Path == Path).Range);
        Assert.Equal([Raw], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public async Task Wrong_calls_are_refused_in_one_line()
    {
        await using var server = Server((_, _) => new LoopbackReply(404, ""));

        Refusal.AssertOneLine(await Tool.RunAsync("data", "download", "yelp"), 2, "no public address", "thinkrec data prepare yelp");
        Refusal.AssertOneLine(await Tool.RunAsync("data", "download", "netflix"), 2, "'netflix'", "ml-1m");
        Refusal.AssertOneLine(await Tool.RunAsync("data", "download", "ml-1m", "--accept-licence", "--mirror", "http://mirror.example"), 2, "mirror.example", "https");
        Refusal.AssertOneLine(await Tool.RunAsync("data", "download", "ml-1m", "--accept-licence", "--mirror", "here"), 2, "--mirror", "https");
        Refusal.AssertOneLine(await RunAsync(server, "--accept-licence"), 1, "answered 404", "may have moved");
        File.WriteAllText(Raw, "");
        Refusal.AssertOneLine(await RunAsync(server, "--accept-licence"), 1, Raw, "Choose another folder");
    }

    private static LoopbackServer Server(Func<LoopbackRequest, LoopbackReply, LoopbackReply> change) => new(request => change(request, request.Path switch
    {
        Path => new LoopbackFile(Zip).Answer(request),
        Path + ".md5" => new LoopbackReply(200, Md5(Zip) + "  ml-latest-small.zip\n"),
        _ => new LoopbackReply(404, ""),
    }));

    private Task<Outcome> RunAsync(LoopbackServer server, params string[] more) => Tool.RunAsync(Call(server, more));

    private string[] Call(LoopbackServer server, params string[] more) =>
        ["data", "download", "ml-latest-small", "--mirror", server.Address.GetLeftPart(UriPartial.Authority), "--out", Raw, .. more];

    private static string Md5(byte[] content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] MakeZip()
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create))
        {
            Add(archive, "ml-latest-small/ratings.csv", "userId,movieId,rating,timestamp\n" + string.Concat(Enumerable.Range(1, 30).Select(i => $"{i % 3},{i % 5},{1 + (i % 5)},{1000 + i}\n")));
            Add(archive, "ml-latest-small/movies.csv", "movieId,title,genres\n" + string.Concat(Enumerable.Range(0, 5).Select(i => $"{i},Film {i} (199{i}),Drama\n")));
        }

        return memory.ToArray();
    }

    private static void Add(ZipArchive archive, string name, string text)
    {
        using Stream stream = archive.CreateEntry(name).Open();
        stream.Write(Encoding.UTF8.GetBytes(text));
    }
}

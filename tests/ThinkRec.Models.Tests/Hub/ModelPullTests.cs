using System.Text.Json.Nodes;
using ThinkRec.Downloads;
using ThinkRec.Models.Hub;
using ThinkRec.Nn;
using ThinkRec.TestKit;

namespace ThinkRec.Models.Tests.Hub;

public sealed class ModelPullTests : IDisposable
{
    private static readonly DownloadOptions Quick = new() { Retries = 2, FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(5), Silence = TimeSpan.FromSeconds(5) };
    private readonly TemporaryFolder _folder = new();
    private readonly Downloader _downloader = new(Quick);
    private PullPlan? _plan;

    private string Target => _folder.File("model");

    public void Dispose()
    {
        _downloader.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_model_in_parts_comes_whole_and_what_it_does_not_need_stays_away()
    {
        await using var hub = new LoopbackHub(HubFiles.Sharded());

        PullRecord record = await RunAsync(hub);

        Assert.Equal(HubFiles.WantedOfSharded, record.Files.Select(file => file.Name));
        Assert.Equal([.. HubFiles.WantedOfSharded.Append("download.json").Order(StringComparer.Ordinal)], HubFiles.NamesIn(Target));
        Assert.All(record.Files, file => Assert.Null(file.Difference(Target)));
        Assert.Equal((LoopbackHub.Name, "main", LoopbackHub.Commit, "apache-2.0"), (record.Repository, record.Revision, record.Commit, record.Licence));
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(_folder.FullPath));
        Assert.Equal(5, hub.Asked($"/api/models/{LoopbackHub.Name}/tree/").Count());
        Assert.Equal(2, hub.StorageRequests.Count);
    }

    [Fact]
    public async Task The_plan_is_told_before_the_weights_come()
    {
        await using var hub = new LoopbackHub(HubFiles.Sharded()) { Card = new JsonObject { ["license"] = "other", ["license_name"] = "tiny licence" } };
        int asked = -1;

        await RunAsync(hub, planned: _ => asked = hub.StorageRequests.Count);

        Assert.Equal(0, asked);
        Assert.Equal((HubFiles.Sharded().Where(file => HubFiles.WantedOfSharded.Contains(file.Key)).Sum(file => file.Value.Length), "other, tiny licence"), (_plan!.Bytes, _plan.Licence));
        Assert.Equal(7, _plan.LeftOut.Count);
        Assert.Contains("pytorch_model.bin", _plan.LeftOut);
        Assert.Equal(_plan.Bytes - HubFiles.Sharded()["model.safetensors.index.json"].Length, _plan.MissingBytes);
    }

    [Fact]
    public async Task A_model_in_one_file_needs_no_index_even_where_there_is_one()
    {
        Dictionary<string, byte[]> files = HubFiles.Sharded();
        files["model.safetensors"] = HubFiles.Weights;
        await using var hub = new LoopbackHub(files);

        PullRecord record = await RunAsync(hub);

        Assert.Equal(["README.md", "chat_template.jinja", "config.json", "tokenizer.json", "model.safetensors"], record.Files.Select(file => file.Name));
    }

    [Fact]
    public async Task An_adapter_comes_without_a_model()
    {
        await using var hub = new LoopbackHub(new Dictionary<string, byte[]> { ["adapter_config.json"] = HubFiles.Text("{}"), ["adapter_model.bin"] = [1], ["adapter_model.safetensors"] = [2, 3] });

        PullRecord record = await RunAsync(hub);

        Assert.Equal(["adapter_config.json", "adapter_model.safetensors"], record.Files.Select(file => file.Name));
    }

    [Fact]
    public async Task A_folder_that_holds_the_model_is_compared_and_nobody_is_asked()
    {
        await using var hub = new LoopbackHub(HubFiles.Single());
        PullRecord record = await RunAsync(hub);
        int asked = hub.Requests.Count;

        Assert.Equal(record.Files, (await RunAsync(hub)).Files);
        Assert.Equal(record.Files, (await RunAsync(hub, revision: LoopbackHub.Commit)).Files);
        var other = await Assert.ThrowsAsync<IOException>(() => RunAsync(hub, revision: "v2"));
        byte[] weights = [.. HubFiles.Weights];
        weights[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(Target, "model.safetensors"), weights);
        var changed = await Assert.ThrowsAsync<CheckpointException>(() => RunAsync(hub));
        string path = Path.Combine(Target, "download.json"), text = File.ReadAllText(path);
        File.WriteAllText(path, text.Replace(LoopbackHub.Commit, "../../x", StringComparison.Ordinal));
        var elsewhere = await Assert.ThrowsAsync<CheckpointException>(() => RunAsync(hub));
        File.WriteAllText(path, "{}");
        var malformed = await Assert.ThrowsAsync<CheckpointException>(() => RunAsync(hub));

        Assert.Equal(asked, hub.Requests.Count);
        Assert.Contains($"holds {LoopbackHub.Name} at main ({LoopbackHub.Commit})", other.Message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors: expected the 50000 bytes that were downloaded but found others", changed.Message, StringComparison.Ordinal);
        Assert.Contains("'../../x' is no commit", elsewhere.Message, StringComparison.Ordinal);
        Assert.Contains("expected the record of a download", malformed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_ends_early_is_gone_on_with_at_the_same_commit()
    {
        await using var hub = new LoopbackHub(HubFiles.Sharded());
        hub.ChangeStored = (request, reply) => hub.StorageRequests.Count == 1 ? reply with { CutAfter = 20_000 } : new LoopbackReply(404, "");
        await Assert.ThrowsAsync<DownloadException>(() => RunAsync(hub));
        Assert.False(Directory.Exists(Target));
        Assert.Equal(20_000, new FileInfo(Target + ".part/files/model-00001-of-00002.safetensors.part").Length);
        hub.ChangeStored = (_, reply) => reply;
        hub.Change = (request, reply) => request.Path.Contains("/revision/", StringComparison.Ordinal) ? new LoopbackReply(500, "the branch moved on") : reply;

        var other = await Assert.ThrowsAsync<IOException>(() => RunAsync(hub, revision: "v2"));
        PullRecord record = await RunAsync(hub);

        Assert.Contains("Delete it, or choose another folder", other.Message, StringComparison.Ordinal);
        Assert.Equal(HubFiles.WantedOfSharded, record.Files.Select(file => file.Name));
        Assert.Equal("bytes=20000-", Assert.Single(hub.StorageRequests, request => request.Range is not null && request.Number > 1).Range);
        Assert.Single(hub.Asked(LoopbackHub.PathOf("config.json")));
        Assert.Equal(HubFiles.Weights, File.ReadAllBytes(Path.Combine(Target, "model-00001-of-00002.safetensors")));
        Assert.Equal(50_000 - 20_000 + 777, _plan!.MissingBytes);
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    public async Task What_may_pass_is_tried_again_everywhere(int status)
    {
        await using var hub = new LoopbackHub(HubFiles.Single());
        HashSet<string> seen = [];
        LoopbackReply Once(LoopbackRequest request, LoopbackReply reply)
        {
            lock (seen)
            {
                return seen.Add(request.Path) ? new LoopbackReply(status, "") { Headers = ["Retry-After: 0"] } : reply;
            }
        }

        (hub.Change, hub.ChangeStored) = (Once, Once);

        await RunAsync(hub);

        Assert.Equal(HubFiles.Weights, File.ReadAllBytes(Path.Combine(Target, "model.safetensors")));
    }

    [Fact]
    public async Task A_connection_that_breaks_off_is_taken_up_at_the_storage()
    {
        await using var hub = new LoopbackHub(HubFiles.Single());
        hub.ChangeStored = (_, reply) => reply with { CutAfter = 15_000 };

        await RunAsync(hub);

        Assert.Equal(HubFiles.Weights, File.ReadAllBytes(Path.Combine(Target, "model.safetensors")));
        Assert.Equal([null, "bytes=15000-", "bytes=30000-", "bytes=45000-"], hub.StorageRequests.Select(request => request.Range));
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_alone_and_is_written_nowhere()
    {
        await using var hub = new LoopbackHub(HubFiles.Single()) { GatedFor = "hf_secret" };

        await RunAsync(hub, token: "hf_secret");

        Assert.All(hub.Requests, request => Assert.Equal("Bearer hf_secret", request.Authorization));
        Assert.Null(Assert.Single(hub.StorageRequests).Authorization);
        Assert.All(Directory.EnumerateFiles(Target), path => Assert.DoesNotContain("hf_secret", File.ReadAllText(path), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, 401, "accept its terms", "HF_TOKEN")]
    [InlineData("hf_other", 403, "ask for access", "call again when it is granted")]
    public async Task A_gated_model_says_how_to_get_access_and_leaves_nothing(string? token, int status, string said, string remedy)
    {
        await using var hub = new LoopbackHub(HubFiles.Single()) { GatedFor = "hf_secret" };

        string error = await RefusedAsync(hub, $"answered {status}", token);

        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Contains(remedy, error, StringComparison.Ordinal);
        Assert.Contains($"{hub.Address}{LoopbackHub.Name}", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_other", error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Theory]
    [InlineData(401, null, "does not exist, or is private or gated")]
    [InlineData(401, "hf_old", "The token is not accepted")]
    [InlineData(404, null, "There is no acme/tiny-llama, or no revision main of it")]
    public async Task A_model_that_is_not_there_is_named(int status, string? token, string said)
    {
        await using var hub = new LoopbackHub(HubFiles.Single());
        hub.Change = (_, _) => new LoopbackReply(status, "");

        await RefusedAsync(hub, said, token);

        Assert.Single(hub.Requests);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public async Task A_model_that_was_renamed_is_found()
    {
        await using var hub = new LoopbackHub(HubFiles.Single());
        hub.Change = (request, reply) => request.Path.Contains("old-name", StringComparison.Ordinal)
            ? new LoopbackReply(307, "") { Headers = ["Location: " + request.Path.Replace("acme/old-name", LoopbackHub.Name, StringComparison.Ordinal)] }
            : reply;

        PullRecord record = await RunAsync(hub, name: "acme/old-name");

        Assert.Equal(4, record.Files.Count);
    }

    private Task<PullRecord> RunAsync(LoopbackHub hub, string revision = "main", string? token = null, Action<PullPlan>? planned = null, string name = LoopbackHub.Name) =>
        new ModelPull(_downloader, new ModelHub(hub.Address, token)) { Planned = plan => { _plan = plan; planned?.Invoke(plan); } }
            .RunAsync(ModelRepository.Parse(name, revision), Target, TestContext.Current.CancellationToken);

    private async Task<string> RefusedAsync(LoopbackHub hub, string said, string? token)
    {
        var error = await Assert.ThrowsAsync<DownloadException>(() => RunAsync(hub, token: token));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        return error.Message;
    }
}

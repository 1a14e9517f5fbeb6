using System.Text.Json;
using System.Text.Json.Nodes;
using ThinkRec.Downloads;
using ThinkRec.Models.Hub;
using ThinkRec.TestKit;

namespace ThinkRec.Models.Tests.Hub;

/// <summary>A hub that lies: nothing lands outside the folder, nothing that it did not vouch for stays, and the error names what it said.</summary>
public sealed class HostileHubTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Downloader _downloader = new(new DownloadOptions { Retries = 1, FirstDelay = TimeSpan.FromMilliseconds(1) });

    public void Dispose()
    {
        _downloader.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Names_that_lead_elsewhere_are_left_out()
    {
        Dictionary<string, byte[]> files = HubFiles.Single();
        foreach (string name in new[] { "../config.json", "/etc/model.safetensors", "..\\tokenizer.json", "original/config.json", "a\nb.jinja", "x\u001b[2J.json", "c:model.safetensors", "..", ".jinja" })
        {
            files[name] = [1];
        }

        await using var hub = new LoopbackHub(files) { PageSize = 100 };

        PullRecord record = await RunAsync(hub);

        Assert.Equal(["LICENSE", "config.json", "tokenizer.json", "model.safetensors"], record.Files.Select(file => file.Name));
        Assert.Equal([_folder.File("model")], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../model.safetensors"}}""", "names '../model.safetensors'")]
    [InlineData("""{"weight_map":{"a":"/etc/model.safetensors"}}""", "which is no .safetensors file of its folder")]
    [InlineData("""{"weight_map":{"a":"pytorch_model.bin"}}""", "names 'pytorch_model.bin'")]
    [InlineData("""{"weight_map":{"a":"model-00009-of-00002.safetensors"}}""", "names 'model-00009-of-00002.safetensors'")]
    [InlineData("""{"weight_map":{"a":null}}""", "names ''")]
    [InlineData("""{"weight_map":{}}""", "names no file of weights")]
    [InlineData("""{"weight_map":["a"]}""", "is no index of weights")]
    [InlineData("{}", "names no file of weights")]
    [InlineData("null", "names no file of weights")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "is no index of weights")]
    public async Task An_index_that_names_something_else_is_refused(string index, string said)
    {
        await using var hub = new LoopbackHub(HubFiles.Sharded(index));

        await RefusedAsync(hub, said);

        Assert.Empty(hub.StorageRequests);
    }

    [Fact]
    public async Task Pickles_are_never_taken()
    {
        await using var hub = new LoopbackHub(new Dictionary<string, byte[]> { ["config.json"] = [1], ["pytorch_model-00001-of-00002.bin"] = [1], ["pytorch_model-00002-of-00002.bin"] = [1] });

        await RefusedAsync(hub, "has its weights as pickles only (pytorch_model-00001-of-00002.bin, pytorch_model-00002-of-00002.bin)");
    }

    [Theory]
    [InlineData("model.Q4.gguf", "but model.Q4.gguf, which cannot be read here")]
    [InlineData("model.fp16.safetensors", "has no model.safetensors and no model.safetensors.index.json")]
    [InlineData("notes.txt", "has no weights in its top folder")]
    [InlineData("model.safetensors", "has weights but no config.json")]
    public async Task A_repository_without_a_model_says_what_it_has(string file, string said)
    {
        await using var hub = new LoopbackHub(new Dictionary<string, byte[]> { [file] = [1] });

        await RefusedAsync(hub, said);
    }

    [Theory]
    [InlineData("<html>log in</html>", "found '<html>log in</html>'. Is 127.0.0.1 a hub?")]
    [InlineData("null", "found 'null'")]
    [InlineData("{}", "the commit ''")]
    [InlineData("""{"sha":"main"}""", "the commit 'main'")]
    [InlineData("""{"sha":"../../../../../../../../../../../../../aa"}""", "the commit '../")]
    [InlineData("""{"sha":["a"]}""", "Is 127.0.0.1 a hub?")]
    [InlineData("[", "Is 127.0.0.1 a hub?")]
    public async Task A_description_that_is_none_is_refused(string json, string said)
    {
        await using var hub = new LoopbackHub(HubFiles.Single());
        hub.Change = (request, reply) => request.Path.Contains("/revision/", StringComparison.Ordinal) ? new LoopbackReply(200, json) : reply;

        await RefusedAsync(hub, said);
    }

    [Theory]
    [InlineData("{}", "Is 127.0.0.1 a hub?")]
    [InlineData("""[{"type":"file","path":"config.json","oid":"00","size":1}]""", "'config.json' without a length and a checksum")]
    [InlineData("""[{"type":"file","path":"config.json","oid":"0000000000000000000000000000000000000000"}]""", "'config.json' without a length and a checksum")]
    [InlineData("""[{"type":"file","path":"config.json","oid":"0000000000000000000000000000000000000000","size":-1}]""", "'config.json' without a length and a checksum")]
    [InlineData("""[{"type":"file","path":"config.json","oid":"0000000000000000000000000000000000000000","size":9223372036854775807}]""", "'config.json' without a length and a checksum")]
    [InlineData("""[{"type":"file","path":"config.json","oid":"0000000000000000000000000000000000000000","size":1,"lfs":{"oid":"0"}}]""", "'config.json' without a length and a checksum")]
    [InlineData("""[{"type":"file","oid":"0000000000000000000000000000000000000000","size":1}]""", "'' without a length and a checksum")]
    [InlineData("""[null]""", "has no weights in its top folder")]
    public async Task A_list_that_is_none_is_refused(string json, string said)
    {
        await using var hub = new LoopbackHub(HubFiles.Single());
        hub.Change = (request, reply) => request.Path.Contains("/tree/", StringComparison.Ordinal) ? new LoopbackReply(200, json) : reply;

        await RefusedAsync(hub, said);
    }

    [Fact]
    public async Task A_list_without_end_is_given_up()
    {
        await using var repeating = new LoopbackHub(HubFiles.Single());
        repeating.Change = (request, reply) => request.Path.Contains("/tree/", StringComparison.Ordinal) ? reply with { Headers = ["Link: <?cursor=0>; rel=\"next\""] } : reply;
        await using var empty = new LoopbackHub(HubFiles.Single());
        empty.Change = (request, reply) => request.Path.Contains("/tree/", StringComparison.Ordinal) ? new LoopbackReply(200, "[]") { Headers = ["Link: <?cursor=0>; rel=\"next\""] } : reply;
        await using var endless = new LoopbackHub(Enumerable.Range(0, 12_000).ToDictionary(i => $"f{i}.txt", _ => new byte[] { 1 })) { PageSize = 4000 };

        await RefusedAsync(repeating, "'config.json' twice");
        await RefusedAsync(empty, "more than 0 files on 200 pages, and no end");
        await RefusedAsync(endless, "more than 11999 files on 3 pages, and no end");
    }

    [Fact]
    public async Task The_next_page_is_asked_of_the_same_hub_whatever_the_link_says()
    {
        await using var other = new LoopbackServer(_ => new LoopbackReply(200, "[]"));
        await using var hub = new LoopbackHub(HubFiles.Single());
        hub.Change = (_, reply) => reply with { Headers = [.. reply.Headers.Select(header => header.Replace(hub.Address.AbsoluteUri, other.Address.AbsoluteUri + "/", StringComparison.Ordinal))] };

        await RunAsync(hub, "hf_secret");

        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Files_that_are_not_what_the_list_says_are_thrown_away()
    {
        await using var hub = new LoopbackHub(HubFiles.Single());
        byte[] other = [.. HubFiles.Weights.Select(b => (byte)(b ^ 1))];

        hub.ChangeStored = (_, reply) => reply with { Bytes = other };
        await RefusedAsync(hub, "expected SHA-256", isNothingLeft: false);
        Assert.Equal(["LICENSE", "config.json", "tokenizer.json"], HubFiles.NamesIn(_folder.File("model.part/files")));
        hub.ChangeStored = (_, reply) => reply with { Bytes = other[1..] };
        await RefusedAsync(hub, "expected 50000 bytes but the server offers 49999", isNothingLeft: false);
        hub.ChangeStored = (_, reply) => reply;
        hub.Change = (request, reply) => request.Path == LoopbackHub.PathOf("model.safetensors") ? new LoopbackReply(302, "") { Headers = ["Location: https://evil.example/x"] } : reply;
        await RefusedAsync(hub, "redirects to evil.example, which is none of its hosts", isNothingLeft: false);
        hub.Change = (_, reply) => reply;

        Assert.Equal(4, (await RunAsync(hub)).Files.Count);
    }

    [Fact]
    public async Task A_small_file_that_is_not_what_git_calls_it_is_thrown_away()
    {
        await using var hub = new LoopbackHub(HubFiles.Single());
        hub.Change = (request, reply) => request.Path == LoopbackHub.PathOf("LICENSE") ? reply with { Bytes = HubFiles.Text("Apache licensE") } : reply;

        await RefusedAsync(hub, "LICENSE: expected git blob");
    }

    [Fact]
    public async Task More_than_the_disk_can_hold_is_refused_before_it_is_asked_for()
    {
        string[] shards = [.. Enumerable.Range(0, 900).Select(i => $"m{i}.safetensors")];
        var files = shards.ToDictionary(name => name, _ => new byte[] { 1 });
        files["config.json"] = [1];
        files["model.safetensors.index.json"] = JsonSerializer.SerializeToUtf8Bytes(new { weight_map = shards.ToDictionary(name => name) });
        await using var hub = new LoopbackHub(files)
        {
            PageSize = 1000,
            ChangeEntry = entry => entry["lfs"]?.AsObject()["size"] = 1L << 40,
        };

        await RefusedAsync(hub, $"at main needs {(900L << 40) + 1} more bytes, but {_folder.FullPath}");

        Assert.Empty(hub.StorageRequests);
    }

    [Fact]
    public async Task A_card_may_say_anything()
    {
        JsonNode?[] cards = [null, JsonValue.Create("text"), new JsonObject { ["license"] = 5 }, new JsonObject { ["license"] = new JsonArray("mit", 3, "bsd") }, new JsonObject { ["license"] = new string('x', 5000) }];
        List<string?> licences = [];
        foreach (JsonNode? card in cards)
        {
            await using var hub = new LoopbackHub(HubFiles.Single()) { Card = card };
            licences.Add((await RunAsync(hub, folder: $"model{licences.Count}")).Licence);
        }

        Assert.Equal([null, null, null, "mit, bsd", new string('x', 200) + "…"], licences);
    }

    [Fact]
    public async Task A_folder_beside_it_that_is_not_ours_is_left_alone()
    {
        await using var hub = new LoopbackHub(HubFiles.Single());
        Directory.CreateDirectory(_folder.File("model.part"));
        File.WriteAllText(_folder.File("model.part/thesis.txt"), "");

        var error = await Assert.ThrowsAsync<IOException>(() => RunAsync(hub));

        Assert.Contains("model.part is not empty", error.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Requests);
        Assert.Equal(["model.part", "model.part/thesis.txt"], HubFiles.NamesIn(_folder.FullPath));
    }

    private Task<PullRecord> RunAsync(LoopbackHub hub, string? token = null, string folder = "model") =>
        new ModelPull(_downloader, new ModelHub(hub.Address, token)).RunAsync(ModelRepository.Parse(LoopbackHub.Name), _folder.File(folder), TestContext.Current.CancellationToken);

    private async Task RefusedAsync(LoopbackHub hub, string said, bool isNothingLeft = true)
    {
        var error = await Assert.ThrowsAsync<DownloadException>(() => RunAsync(hub));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Equal(isNothingLeft ? [] : [_folder.File("model.part")], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }
}

using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>A model that was trained here, put on a hub of this machine and got back from it.</summary>
[Collection(PretrainedModel.Name)]
public sealed class LlmPullCommandTests(PretrainedModel trained) : IDisposable
{
    private const string Token = "hf_secret";
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder.File("model");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_pulled_is_inspected_and_writes_the_same_text()
    {
        await using var hub = Hub();

        Outcome pull = await RunAsync(hub, [], "--json");
        JsonElement result = JsonDocument.Parse(pull.Output).RootElement;
        string[] inspect = result.GetProperty("inspect").GetString()!.Split(' ');
        string text = await TrainedRun.DoneAsync(inspect[1..]);
        string[] generate = ["llm", "generate", "--prompt", "The ", "--max-tokens", "8", "--model"];

        Assert.Equal((0, ""), (pull.ExitCode, pull.Error));
        Assert.Equal((LoopbackHub.Commit, "apache-2.0", false), (result.GetProperty("commit").GetString(), result.GetProperty("licence").GetString(), result.GetProperty("wasThere").GetBoolean()));
        Assert.Contains("is there and has the right shape", text);
        Assert.Equal(await TrainedRun.DoneAsync([.. generate, trained.Model]), await TrainedRun.DoneAsync([.. generate, Model]));
    }

    [Fact]
    public async Task Size_licence_and_room_are_shown_and_a_second_call_compares()
    {
        await using var hub = Hub();

        Outcome first = await RunAsync(hub, []);
        int asked = hub.Requests.Count;
        Outcome again = await RunAsync(hub, []);
        File.AppendAllText(_folder.File("model/config.json"), " ");
        Outcome changed = await RunAsync(hub, []);

        Assert.Equal((0, "", 0, "", asked), (first.ExitCode, first.Error, again.ExitCode, again.Error, hub.Requests.Count));
        Assert.Contains($"{LoopbackHub.Name} at main is commit 0123456789ab. Licence: apache-2.0", first.Output);
        Assert.Matches(@"4 files, [0-9.]+ MB; [0-9.]+ MB to come, [0-9.]+ MB free\.\nLeft out: 1 other files", first.Output);
        Assert.Contains("already; its files are as they were", again.Output);
        Refusal.AssertOneLine(changed, 1, "config.json", "Delete the folder and download it again");
    }

    [Fact]
    public async Task A_killed_download_goes_on_with_the_next_call()
    {
        await using var hub = Hub();
        hub.ChangeStored = (_, reply) => reply with { CutAfter = 1000, Hold = TimeSpan.FromSeconds(60) };
        string part = Model + ".part/files/model.safetensors.part";
        using (var process = Start([], Call(hub)))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(30));
            while (!(File.Exists(part) && new FileInfo(part).Length == 1000))
            {
                await Task.Delay(20, limit.Token);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        hub.ChangeStored = (_, reply) => reply;
        Outcome outcome = await RunAsync(hub, []);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal("bytes=1000-", hub.StorageRequests.Last().Range);
        Assert.Single(hub.Requests, request => request.Path == LoopbackHub.PathOf("tokenizer.json"));
        Assert.Equal(File.ReadAllBytes(Path.Combine(trained.Model, "model.safetensors")), File.ReadAllBytes(Path.Combine(Model, "model.safetensors")));
        Assert.Equal([Model], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public async Task A_mirror_gets_a_token_only_when_it_is_named_and_nobody_sees_it()
    {
        await using var hub = Hub();
        hub.GatedFor = Token;

        Outcome without = await RunAsync(hub, new() { ["HF_TOKEN"] = Token });
        Assert.All(hub.Requests, request => Assert.Null(request.Authorization));
        Outcome other = await RunAsync(hub, new() { ["MINE"] = "hf_other" }, "--token-variable", "MINE");
        Outcome with = await RunAsync(hub, new() { ["MINE"] = Token + "\n" }, "--token-variable", "MINE");

        Refusal.AssertOneLine(without with { Output = "" }, 1, "answered 401", "accept its terms there");
        Refusal.AssertOneLine(other with { Output = "" }, 1, "answered 403", "ask for access");
        Assert.Equal((0, ""), (with.ExitCode, with.Error));
        Assert.All(hub.StorageRequests, request => Assert.Null(request.Authorization));
        Assert.DoesNotContain("hf_", string.Concat(new[] { without, other, with }.Select(outcome => outcome.Output + outcome.Error)));
        Assert.All(Directory.EnumerateFiles(Model, "*.json"), path => Assert.DoesNotContain(Token, File.ReadAllText(path)));
    }

    [Fact]
    public async Task An_adapter_alone_is_called_one_and_hostile_words_steer_no_terminal()
    {
        await using var hub = new LoopbackHub(new Dictionary<string, byte[]> { ["adapter_config.json"] = [1], ["adapter_model.safetensors"] = [2] }) { Card = new JsonObject { ["license"] = "mit\u001b[2J" } };

        Outcome outcome = await RunAsync(hub, []);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("It is an adapter, and needs the model that it was made for.", outcome.Output);
        Assert.Contains("Licence: mit\\u001B[2J, as the model's card says.", outcome.Output);
        Assert.DoesNotContain("llm inspect", outcome.Output);
    }

    [Fact]
    public async Task Wrong_calls_are_refused_in_one_line_and_leave_nothing()
    {
        await using var hub = Hub();
        await using var pickles = new LoopbackHub(new Dictionary<string, byte[]> { ["pytorch_model.bin"] = [1] });
        Dictionary<string, string> broken = new() { ["MINE"] = "hf_a b" };

        Refusal.AssertOneLine(await Tool.RunAsync("llm", "pull", "gpt2"), 2, "'gpt2'", "expected OWNER/NAME");
        Refusal.AssertOneLine(await RunAsync(hub, [], "--revision", "a..b"), 2, "'a..b'", "expected a branch");
        Refusal.AssertOneLine(await RunAsync(hub, [], "--revision", "v9"), 1, "no revision v9", "Look at");
        Refusal.AssertOneLine(await RunAsync(hub, [], "--mirror", "http://mirror.example"), 2, "--mirror", "expects a single argument");
        Refusal.AssertOneLine(await Tool.RunAsync("llm", "pull", "a/b", "--out", Model, "--mirror", "http://mirror.example"), 2, "mirror.example", "https");
        Refusal.AssertOneLine(await Tool.RunAsync("llm", "pull", "a/b", "--out", Model, "--mirror", "here"), 2, "--mirror", "https");
        Refusal.AssertOneLine(await RunAsync(hub, [], "--token-variable", "MINE"), 2, "MINE is not set", "Set it to the token");
        Refusal.AssertOneLine(await RunAsync(hub, broken, "--token-variable", "MINE"), 2, "the token holds spaces", "Copy it once more");
        Refusal.AssertOneLine(await RunAsync(pickles, []), 1, "pickles only (pytorch_model.bin)", "--revision");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
        File.WriteAllText(Model, "");
        Refusal.AssertOneLine(await RunAsync(hub, []), 1, Model, "Choose another folder");
    }

    private LoopbackHub Hub() => new(Directory.EnumerateFiles(trained.Model).Select(path => KeyValuePair.Create(Path.GetFileName(path), File.ReadAllBytes(path)))
        .Append(KeyValuePair.Create("training_args.bin", Encoding.ASCII.GetBytes("pickle"))).ToDictionary());

    private Task<Outcome> RunAsync(LoopbackHub hub, Dictionary<string, string> variables, params string[] more) => Tool.FinishAsync(Start(variables, [.. Call(hub), .. more]));

    private string[] Call(LoopbackHub hub) => ["llm", "pull", LoopbackHub.Name, "--mirror", hub.Address.AbsoluteUri, "--out", Model];

    private static Process Start(Dictionary<string, string> variables, string[] call)
    {
        ProcessStartInfo start = Tool.Captured(Path.Combine(AppContext.BaseDirectory, "thinkrec"), call);
        start.Environment.Remove("HF_TOKEN");
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}

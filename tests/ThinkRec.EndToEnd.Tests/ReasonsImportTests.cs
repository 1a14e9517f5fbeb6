using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Explanations that others wrote, from their file to a checked set of reasons.</summary>
public sealed class ReasonsImportTests : IDisposable
{
    private const string Explanations = """
        {"uid":"a","iid":"1","why":"It is close."}
        {"uid":"b","iid":"1","why":"It is far."}
        {"uid":"b","iid":"9","why":"No such item."}

        """;

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    /// <summary>XRec's language model wrote about real likes; the file itself is the log.</summary>
    [Theory]
    [InlineData("amazon", 2390)]
    [InlineData("yelp", 2373)]
    [InlineData("google", 2383)]
    public async Task Real_explanations_pass_or_fail_for_what_is_in_them(string source, int clean)
    {
        string name = $"xrec/{source}_explanations.jsonl.gz";
        Assert.SkipUnless(Repository.HasData(name), $"{name} is not in the public data folder");
        string raw = Repository.Data(name);

        JsonElement prepared = await JsonOf(
            "data", "prepare", "jsonl", "--raw", raw, "--item-file", raw, "--map", "user=uid,item=iid", "--item-map", "item=iid,title=title", "--all-likes", "--file-order", "--out", Data);
        JsonElement imported = await JsonOf("reasons", "import", Data, "--from", raw, "--map", "user=uid,item=iid,reason=explanation", "--teacher", "gpt-3.5");
        JsonElement check = await JsonOf("reasons", "check", Data);

        Assert.Equal(2, prepared.GetProperty("notes").GetArrayLength());
        Assert.Equal((2400, 600, 0), (Int(imported, "reasons"), Int(imported, "heldOut"), Int(imported, "malformed")));
        JsonElement problems = check.GetProperty("problems");
        Assert.Equal((2400, clean), (Int(check, "reasons"), Int(check, "clean")));
        Assert.Equal(2400 - clean, Int(problems, "titles"));
        Assert.All(["line", "answer", "leak", "letters", "split", "duplicate"], (string problem) => Assert.Equal(0, problems.TryGetProperty(problem, out JsonElement count) ? count.GetInt32() : 0));
    }

    [Fact]
    public async Task Records_about_no_row_are_named_and_stop_the_import_unless_they_are_allowed()
    {
        await PrepareAsync();
        File.WriteAllText(_folder.File("x.jsonl"), Explanations);

        Outcome refused = await Tool.RunAsync("reasons", "import", Data, "--from", _folder.File("x.jsonl"), "--map", "reason=why");
        bool isWritten = File.Exists(Path.Combine(Data, "reasons.jsonl"));
        Outcome allowed = await Tool.RunAsync("reasons", "import", Data, "--from", _folder.File("x.jsonl"), "--map", "reason=why", "--max-bad", "1");
        Outcome again = await Tool.RunAsync("reasons", "import", Data, "--from", _folder.File("x.jsonl"), "--map", "reason=why", "--max-bad", "1");

        Refusal.AssertOneLine(refused, 1, "x.jsonl:3: item '9' is not in 'log'", "");
        Assert.False(isWritten);
        Assert.Equal((0, ""), (allowed.ExitCode, allowed.Error));
        Assert.Contains("2 reasons written", allowed.Output);
        Assert.Contains("x.jsonl:3: item '9' is not in 'log'", allowed.Output);
        Refusal.AssertOneLine(again, 1, "reasons.jsonl is there already", "--out");
    }

    [Theory]
    [InlineData("--map text=why --from @x.jsonl", 2, "--map", "user, item, reason, answer, time")]
    [InlineData("--from @x.jsonl", 1, "x.jsonl:1: none of the fields", "reason=NAME")]
    [InlineData("--map reason=why --from @x.jsonl --max-bad -1", 2, "--max-bad", "0 or more")]
    [InlineData("--map reason=why --from @x.jsonl --teacher=", 2, "--teacher", "")]
    [InlineData("--map reason=why --from @none.csv", 2, "none.csv", "")]
    public async Task A_wrong_import_is_refused(string options, int exitCode, string place, string remedy)
    {
        await PrepareAsync();
        File.WriteAllText(_folder.File("x.jsonl"), Explanations);
        string[] words = [.. options.Split(' ').Select(word => word.Replace("@", _folder.FullPath + "/", StringComparison.Ordinal))];

        Outcome outcome = await Tool.RunAsync(["reasons", "import", Data, .. words]);

        Refusal.AssertOneLine(outcome, exitCode, place, remedy);
        Assert.False(File.Exists(Path.Combine(Data, "reasons.jsonl")));
    }

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static async Task<JsonElement> JsonOf(params string[] words) => JsonDocument.Parse(await TrainedRun.DoneAsync([.. words, "--json"])).RootElement;

    private async Task PrepareAsync()
    {
        File.WriteAllText(_folder.File("log.csv"), "user,item,rating,time\na,1,5,100\nb,1,1,101\nb,2,5,102\n");
        await TrainedRun.DoneAsync("data", "prepare", "csv", "--raw", _folder.File("log.csv"), "--positive-from", "4", "--shares", "1,0,0", "--split", "temporal", "--out", Data);
    }
}

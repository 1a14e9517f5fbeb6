using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

public sealed class DataKeywordsCommandTests : IDisposable
{
    private const string Key = "sk-test-never-written-0815";

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Items_without_keywords_get_some_in_place_and_the_dataset_stays_whole()
    {
        await PrepareAsync(withoutKeywords: true);
        File.WriteAllText(Path.Combine(Data, "reasons.jsonl"), "");

        Outcome json = await Tool.RunAsync("data", "keywords", Data, "--replace", "--max", "6", "--json");
        Outcome again = await Tool.RunAsync("data", "keywords", Data, "--replace", "--max", "6");

        Assert.Equal((0, 0), (json.ExitCode, again.ExitCode));
        JsonElement document = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal(("fill", JsonValueKind.Null), (document.GetProperty("policy").GetString(), document.GetProperty("model").ValueKind));
        string[][] keywords = KeywordsOf(Data);
        int numWith = keywords.Count(words => words.Length > 0);
        Assert.Equal((numWith, numWith), (Int(document, "changed"), Int(document, "withKeywords")));
        Assert.InRange(numWith, 1, 100);
        Assert.All(keywords, words => Assert.InRange(words.Length, 0, 6));
        Assert.All(keywords.SelectMany(words => words).CountBy(word => word), word => Assert.True(word.Value > 1, word.Key));
        Assert.Equal(Int(document, "distinct"), keywords.SelectMany(words => words).Distinct().Count());
        Assert.True(File.Exists(Path.Combine(Data, "reasons.jsonl")));
        Assert.Contains("Keywords: extracted from the texts of the catalogue, up to 6 an item; for items without any;", File.ReadAllText(Path.Combine(Data, "dataset.json")));
        Assert.Contains(numWith == 100 ? "Nothing changed" : "built-in: 100 items, ", again.Output);
        await TrainedRun.DoneAsync("data", "describe", Data);
    }

    [Fact]
    public async Task Keywords_that_are_there_stay_unless_the_call_says_otherwise_and_the_same_call_gives_the_same_bytes()
    {
        await PrepareAsync(withoutKeywords: false);
        string[][] before = KeywordsOf(Data);

        string filled = await TrainedRun.DoneAsync("data", "keywords", Data, "--out", _folder.File("filled"));
        await TrainedRun.DoneAsync("data", "keywords", Data, "--out", _folder.File("merged"), "--merge", "--max", "8");
        await TrainedRun.DoneAsync("data", "keywords", Data, "--out", _folder.File("new"), "--overwrite");
        await TrainedRun.DoneAsync("data", "keywords", Data, "--out", _folder.File("again"), "--overwrite");

        Assert.Contains("--merge puts new ones behind them, --overwrite in their place", filled);
        Assert.Equal(before, KeywordsOf(_folder.File("filled")));
        Assert.All(before.Zip(KeywordsOf(_folder.File("merged"))), item => Assert.Equal(item.First, item.Second[..item.First.Length]));
        Assert.NotEqual(before, KeywordsOf(_folder.File("new")));
        Assert.Equal(File.ReadAllBytes(_folder.File("new/built-in.item")), File.ReadAllBytes(_folder.File("again/built-in.item")));
    }

    [Fact]
    public async Task A_file_of_ones_own_is_taken()
    {
        await PrepareAsync(withoutKeywords: false);
        string[] ids = IdsOf(Data);
        File.WriteAllText(_folder.File("mine.tsv"), $"item_id\tkeywords\n{ids[0]}\tsea, \u001B[31mred, sea\n{ids[2]}\tone;two\nnobody\tthree\n");

        Outcome outcome = await Tool.RunAsync("data", "keywords", Data, "--replace", "--overwrite", "--from", _folder.File("mine.tsv"));

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("built-in: 100 items, 2 got keywords", outcome.Output);
        Assert.Contains("1 lines are about items that built-in has not got.", outcome.Output);
        string[][] keywords = KeywordsOf(Data);
        Assert.Equal([["sea", "[31mred"], ["one", "two"]], [keywords[0], keywords[2]]);
    }

    [Fact]
    public async Task Killed_and_limited_it_goes_on_without_paying_again_and_without_writing_the_key()
    {
        await PrepareAsync(withoutKeywords: true);
        var answered = new ConcurrentBag<string>();
        await using var server = new LoopbackServer(request =>
        {
            string[] lines = JsonDocument.Parse(request.Body).RootElement.GetProperty("messages")[1].GetProperty("content").GetString()!.Split('\n');
            Array.ForEach(lines, line => answered.Add(line[(line.IndexOf(':') + 2)..]));
            string body = JsonSerializer.Serialize(new
            {
                choices = new[] { new { message = new { content = string.Join('\n', lines.Select(line => $"{line.Split(':')[0]}: Sea, {{history}}, war")) } } },
                usage = new { prompt_tokens = 10, completion_tokens = 2 },
            });
            return new LoopbackReply(200, body) { Delay = TimeSpan.FromMilliseconds(20) };
        });
        using (Process process = Start(server))
        {
            while (server.Requests.Count < 8)
            {
                Assert.False(process.HasExited, "It ended before it was killed.");
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        byte[] untouched = File.ReadAllBytes(Path.Combine(Data, "built-in.item"));
        Outcome limited = await Tool.FinishAsync(Start(server, "--max-requests", "14"));
        Assert.Equal(untouched, File.ReadAllBytes(Path.Combine(Data, "built-in.item")));
        Outcome done = await Tool.FinishAsync(Start(server));

        Refusal.AssertOneLine(limited with { Error = limited.Error.TrimEnd('\n').Split('\n')[^1] }, 1, "have no keywords yet", "repeat the call to go on");
        Assert.Equal(0, done.ExitCode);
        Assert.All(KeywordsOf(Data), words => Assert.Equal(["sea", "war"], words));
        JsonElement model = JsonDocument.Parse(done.Output).RootElement.GetProperty("model");
        Assert.Equal(answered.Distinct().Count(), Int(model, "texts"));
        Assert.InRange(answered.Count - answered.Distinct().Count(), 0, 2 * 5); // under way when it was killed
        string journal = Data + ".keywords.journal.jsonl";
        Assert.All(Directory.EnumerateFiles(Data).Append(journal), path => Assert.DoesNotContain(Key, File.ReadAllText(path)));
        Assert.All(server.Requests, request => Assert.Equal("Bearer " + Key, request.Authorization));
    }

    [Theory]
    [InlineData("data keywords @/data", "Say where the result goes", "--replace")]
    [InlineData("data keywords @/data --out @/x --replace", "Say where the result goes", "--out DIR")]
    [InlineData("data keywords @/data --out @/data/", "--out is the dataset itself", "--replace")]
    [InlineData("data keywords @/data --replace --merge --overwrite", "--merge and --overwrite", "Leave one")]
    [InlineData("data keywords @/data --replace --max 0", "--max is 0", "expected 1 to 50")]
    [InlineData("data keywords @/data --replace --batch 5", "--batch is for a language model behind an endpoint", "--endpoint URL")]
    [InlineData("data keywords @/data --replace --endpoint http://localhost:1/v1 --model m --batch 0", "items in a question", "1 to 100")]
    [InlineData("data keywords @/data --replace --endpoint http://localhost:1/v1 --model m --from @/x.tsv", "--from and --endpoint", "Leave one")]
    public async Task A_wrong_call_is_refused_before_anything_is_written(string call, string place, string remedy) =>
        await new Refusal(call, 2, place, remedy) { Files = new() { ["data/"] = [] } }.CheckAsync();

    [Fact]
    public async Task What_cannot_be_written_is_refused_before_anything_is_asked()
    {
        await PrepareAsync(withoutKeywords: false);
        File.WriteAllText(Path.Combine(Data, "reasons.jsonl"), "");
        Refusal.AssertOneLine(await Tool.RunAsync("data", "keywords", Data, "--replace", "--overwrite"), 1, "reasons.jsonl may name keywords", "--out");
        Directory.CreateDirectory(Path.Combine(Data, "runs"));
        Refusal.AssertOneLine(await Tool.RunAsync("data", "keywords", Data, "--replace", "--merge"), 1, "holds a folder 'runs'", "Move it away");
        Refusal.AssertOneLine(await Tool.RunAsync("data", "keywords", _folder.File("none"), "--replace"), 1, "dataset.json: there is no such file", "thinkrec data prepare");
        Outcome missing = await Tool.RunAsync("data", "keywords", Data, "--out", _folder.File("x"), "--from", _folder.File("none.tsv"));
        Refusal.AssertOneLine(missing, 1, "none.tsv: there is no such file", "item_id and keywords");
        Assert.False(Path.Exists(_folder.File("x")));
    }

    private Process Start(LoopbackServer server, params string[] more)
    {
        ProcessStartInfo start = Tool.Captured(
            Path.Combine(AppContext.BaseDirectory, "thinkrec"),
            ["data", "keywords", Data, "--replace", "--endpoint", server.Address.ToString(), "--model", "m", "--batch", "5", "--concurrency", "2", "--json", .. more]);
        start.Environment["THINKREC_TEACHER_KEY"] = Key;
        return Process.Start(start)!;
    }

    private async Task PrepareAsync(bool withoutKeywords)
    {
        await TrainedRun.DoneAsync("data", "prepare", "built-in", "--users", "40", "--items", "100", "--out", Data);
        if (withoutKeywords)
        {
            // What was a keyword becomes a description: words that some items share.
            Sealed.Change(Data, "built-in.item", text => string.Join('\n', text.Split('\n').Select((line, number) =>
            {
                string[] fields = line.Split('\t');
                return number == 0 || fields.Length < 4 ? line : string.Join('\t', [fields[0], fields[1], fields[3].Replace(", ", ". ", StringComparison.Ordinal), "", .. fields[4..]]);
            })));
        }
    }

    private static string[] IdsOf(string folder) => [.. Lines(folder).Select(fields => fields[0])];

    private static string[][] KeywordsOf(string folder) => [.. Lines(folder).Select(fields => fields[3].Split(", ", StringSplitOptions.RemoveEmptyEntries))];

    private static IEnumerable<string[]> Lines(string folder) => File.ReadLines(Path.Combine(folder, "built-in.item")).Skip(1).Select(line => line.Split('\t'));

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}

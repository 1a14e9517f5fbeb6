using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

public sealed class ReasonsCommandTests
{
    private const string Key = "sk-test-never-written-4711";
    private const int Rows = 500;

    [Fact]
    public async Task The_local_teachers_reasons_are_written_where_training_finds_them_and_pass_the_check()
    {
        using var folder = new TemporaryFolder();
        string data = await PrepareAsync(folder);

        Outcome written = await Tool.RunAsync("reasons", "synthesize", data, "--count", "200", "--json");
        Outcome again = await Tool.RunAsync("reasons", "synthesize", data, "--count", "200");
        Outcome check = await Tool.RunAsync("reasons", "check", data, "--json", "--filter", folder.File("clean.jsonl"));

        Assert.Equal((0, "", 0, ""), (written.ExitCode, written.Error, check.ExitCode, check.Error));
        Refusal.AssertOneLine(again, 1, "reasons.jsonl is there already", "--out");
        Assert.Equal(200, JsonDocument.Parse(written.Output).RootElement.GetProperty("reasons").GetInt32());
        JsonElement report = JsonDocument.Parse(check.Output).RootElement;
        int clean = report.GetProperty("clean").GetInt32();
        Assert.Equal((200, clean), (File.ReadAllLines(Path.Combine(data, "reasons.jsonl")).Length, File.ReadAllLines(folder.File("clean.jsonl")).Length));
        Assert.Equal(200 - clean, report.GetProperty("problems").GetProperty("duplicate").GetInt32());
    }

    [Fact]
    public async Task A_problem_is_told_by_line_and_strict_makes_it_a_failure()
    {
        using var folder = new TemporaryFolder();
        string data = await PrepareAsync(folder);
        await Tool.RunAsync("reasons", "synthesize", data, "--count", "20");
        string path = Path.Combine(data, "reasons.jsonl");
        string[] lines = File.ReadAllLines(path);
        lines[4] = lines[4].Replace("\"reason\":\"", "\"reason\":\"Maybe. ", StringComparison.Ordinal);
        File.WriteAllLines(path, lines);

        Outcome text = await Tool.RunAsync("reasons", "check", data);
        Outcome strict = await Tool.RunAsync("reasons", "check", data, "--strict", "--json");

        Assert.Equal((0, ""), (text.ExitCode, text.Error));
        Assert.Contains("20 reasons, 19 without a problem.", text.Output);
        Assert.Contains("line 5, line: expected a reason that starts with", text.Output);
        Assert.Equal(1, strict.ExitCode);
        Assert.Contains("1 of 20 reasons have a problem", strict.Error);
    }

    [Fact]
    public async Task Killed_three_times_it_ends_complete_without_asking_again_and_without_writing_the_key()
    {
        using var folder = new TemporaryFolder();
        string data = await PrepareAsync(folder);
        var answered = new ConcurrentDictionary<string, string>(); // number in the answer -> question
        await using var server = new LoopbackServer(request =>
        {
            if (request.Number % 10 == 7)
            {
                return new LoopbackReply(request.Number % 20 == 7 ? 429 : 500, "{}") { Headers = ["Retry-After: 0"] };
            }

            answered[$"N{request.Number}X"] = request.Body;
            string body = JsonSerializer.Serialize(new
            {
                choices = new[] { new { message = new { content = $"Yes. Because of N{request.Number}X in the list." } } },
                usage = new { prompt_tokens = 10, completion_tokens = 2 },
            });
            return new LoopbackReply(200, body) { Delay = TimeSpan.FromMilliseconds(5) };
        });
        string journal = Path.Combine(data, "reasons.journal.jsonl");
        var finished = new List<(int Requests, string[] Questions)>();

        for (int kill = 1; kill <= 3; kill++)
        {
            using Process process = Start(data, server);
            while (server.Requests.Count < kill * 120)
            {
                Assert.False(process.HasExited, "It ended before it was killed.");
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await Task.Delay(200, TestContext.Current.CancellationToken); // requests that were on their way are counted
            finished.Add((server.Requests.Count, QuestionsOf(journal, answered)));
        }

        Outcome outcome = await Tool.FinishAsync(Start(data, server));

        Assert.Equal(0, outcome.ExitCode);
        foreach ((int requests, string[] questions) in finished)
        {
            Assert.Empty(server.Requests.Skip(requests).Select(request => request.Body).Intersect(questions));
        }

        Assert.Equal(Rows, QuestionsOf(journal, answered).Distinct().Count());
        Assert.Equal(Rows, LinesOf(journal).Length - 1);
        Assert.Equal(Rows, JsonDocument.Parse(outcome.Output).RootElement.GetProperty("asked").GetInt32());
        Assert.InRange(answered.Count, Rows, Rows + (3 * 8));
        Assert.All(server.Requests, request => Assert.Equal("Bearer " + Key, request.Authorization));
        Assert.All(Directory.EnumerateFiles(data), path => Assert.DoesNotContain(Key, File.ReadAllText(path)));
        Assert.DoesNotContain(Key, outcome.Output + outcome.Error);
    }

    [Theory]
    [InlineData("reasons synthesize @/data --model m", "--model is for a teacher behind an endpoint", "--endpoint URL")]
    [InlineData("reasons synthesize @/data --endpoint http://localhost:1/v1", "--endpoint needs the name of a model", "--model NAME")]
    [InlineData("reasons synthesize @/data --endpoint localhost --model m", "--endpoint", "http://localhost:8000/v1")]
    [InlineData("reasons synthesize @/data --endpoint http://a:b@localhost:1/v1 --model m", "without user, password", "environment variable")]
    [InlineData("reasons synthesize @/data --endpoint http://localhost:1/v1 --model m --samples 2", "samples", "odd number")]
    [InlineData("reasons synthesize @/data --endpoint http://localhost:1/v1 --model m --key-variable NOT_SET_AT_ALL", "NOT_SET_AT_ALL is not set", "Set it to the key")]
    [InlineData("reasons synthesize @/data --count 0", "--count is 0", "expected 1 to")]
    [InlineData("reasons synthesize @/data --rows mispredicted", "--rows mispredicted needs --predictions FILE", "")]
    [InlineData("reasons synthesize @/data --rows per-group", "--rows per-group needs --run DIR", "")]
    [InlineData("reasons synthesize @/data --rows balanced --threshold 0.5", "--threshold has no meaning with --rows balanced", "--rows mispredicted")]
    [InlineData("reasons synthesize @/data --endpoint http://localhost:1/v1 --model m --max-cost 3 --price-in 1", "--max-cost needs the prices", "--price-out X")]
    [InlineData("reasons synthesize @/data --endpoint http://localhost:1/v1 --model m --max-requests 0", "requests must be at least 1", "but are 0")]
    [InlineData("reasons check @/data", "reasons.jsonl: there is no such file", "--reasons FILE")]
    public async Task A_wrong_call_is_refused_before_anything_is_written(string call, string place, string remedy) =>
        await new Refusal(call, 2, place, remedy) { Files = new() { ["data/"] = [] } }.CheckAsync();

    [Fact]
    public async Task A_limit_of_cost_is_an_end_that_is_told_and_writes_what_there_is()
    {
        using var folder = new TemporaryFolder();
        string data = await PrepareAsync(folder);
        await using var server = new LoopbackServer(_ => new LoopbackReply(
            200, "{\"choices\":[{\"message\":{\"content\":\"Yes. It is close.\"}}],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":0}}"));
        string[] call =
        [
            "reasons", "synthesize", data, "--endpoint", server.Address.ToString(), "--model", "m", "--price-in", "1", "--price-out", "1", "--max-cost", "0.01", "--json",
        ];

        Outcome outcome = await Tool.RunAsync(call);

        JsonElement report = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.Equal((0, 10, 10), (outcome.ExitCode, report.GetProperty("asked").GetInt32(), server.Requests.Count));
        Assert.Contains("of 0.01 is spent", report.GetProperty("limit").GetString());
        Assert.Equal(report.GetProperty("reasons").GetInt32(), File.ReadAllLines(Path.Combine(data, "reasons.jsonl")).Length);
        Assert.Equal(11, LinesOf(Path.Combine(data, "reasons.journal.jsonl")).Length);
    }

    private static async Task<string> PrepareAsync(TemporaryFolder folder)
    {
        Outcome outcome = await Tool.RunAsync("data", "prepare", "built-in", "--users", "60", "--items", "100", "--out", folder.File("data"));
        Assert.Equal(0, outcome.ExitCode);
        return folder.File("data");
    }

    private static Process Start(string data, LoopbackServer server)
    {
        ProcessStartInfo start = Tool.Captured(
            Path.Combine(AppContext.BaseDirectory, "thinkrec"), "reasons", "synthesize", data, "--endpoint", server.Address.ToString(),
            "--model", "m", "--count", "500", "--max-rows", "500", "--concurrency", "8", "--json");
        start.Environment["THINKREC_TEACHER_KEY"] = Key;
        return Process.Start(start)!;
    }

    private static string[] LinesOf(string journal) => File.ReadAllText(journal).Split('\n')[..^1];

    private static string[] QuestionsOf(string journal, ConcurrentDictionary<string, string> answered) =>
        [.. LinesOf(journal).Skip(1).Select(line => answered[line[line.IndexOf("of N", StringComparison.Ordinal)..].Split(' ')[1]])];
}

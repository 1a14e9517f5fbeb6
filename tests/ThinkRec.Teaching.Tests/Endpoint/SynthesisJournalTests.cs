using System.Collections.Concurrent;
using ThinkRec.Data;
using ThinkRec.Teaching.Endpoint;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests.Endpoint;

public sealed class SynthesisJournalTests : IDisposable
{
    private static readonly Dataset World = BuiltInWorld.Generate(new BuiltInWorldOptions { NumUsers = 60, NumItems = 100 }).Dataset;

    private readonly TemporaryFolder _folder = new();

    private string Journal => _folder.File("journal.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Five_hundred_rows_survive_every_failure_and_three_stops_and_no_answer_is_asked_for_twice()
    {
        using var stop1 = new CancellationTokenSource();
        using var stop2 = new CancellationTokenSource();
        using var stop3 = new CancellationTokenSource();
        var answered = new ConcurrentDictionary<string, int>();
        var count = 0;
        await using var server = new LoopbackServer(request =>
        {
            if (Failure(request.Number) is { } failure)
            {
                return failure;
            }

            answered.AddOrUpdate(request.Body, 1, (_, times) => times + 1);
            switch (Interlocked.Increment(ref count))
            {
                case 100: stop1.Cancel(); break;
                case 200: stop2.Cancel(); break;
                case 300: stop3.Cancel(); break;
                default: break;
            }

            return Told.Answer(Told.Reason);
        });

        foreach (var stop in new[] { stop1, stop2, stop3 })
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(server, stop.Token));
            Assert.Equal(count, File.ReadLines(Journal).Count() - 1);
        }

        var result = await RunAsync(server, TestContext.Current.CancellationToken);

        await using var calm = new LoopbackServer(_ => Told.Answer(Told.Reason));
        File.Delete(Journal);
        var whole = await RunAsync(calm, TestContext.Current.CancellationToken);
        Assert.Equal(500, result.Asked);
        Assert.Equal(500, count);
        Assert.All(answered, question => Assert.Equal(1, question.Value));
        Assert.True(server.Requests.Count > 550, $"only {server.Requests.Count} requests: the failures did not happen");
        Assert.Equal(whole.Reasons.Select(reason => (reason.User, reason.Item, reason.Timestamp, reason.Reason)), result.Reasons.Select(reason => (reason.User, reason.Item, reason.Timestamp, reason.Reason)));
        Assert.Equal((500, 50_000L), (result.Cost.Answers, result.Cost.PromptTokens));
    }

    [Fact]
    public async Task An_endpoint_that_is_down_ends_the_run_soon_and_the_next_call_goes_on()
    {
        var isDown = false;
        await using var server = new LoopbackServer(request => isDown ? new LoopbackReply(503, "{\"error\":\"down\"}") : Told.Answer(Told.Reason));
        await RunAsync(server, TestContext.Current.CancellationToken, rows: 30);
        isDown = true;

        var error = await Assert.ThrowsAsync<EndpointException>(() => RunAsync(server, TestContext.Current.CancellationToken));
        var asked = server.Requests.Count;
        isDown = false;
        var result = await RunAsync(server, TestContext.Current.CancellationToken);

        Assert.Contains("answered 503 to model 'm': down", error.Message, StringComparison.Ordinal);
        Assert.Contains("repeat the call to go on", error.Message, StringComparison.Ordinal);
        Assert.InRange(asked, 30 + (5 * 9), 30 + (21 * 9));
        Assert.Equal((500, 30), (result.Asked, result.AnswersFound));
        Assert.Equal(470, server.Requests.Count - asked);
    }

    [Fact]
    public async Task One_row_that_is_never_answered_is_told_at_the_end()
    {
        string? poisoned = null;
        await using var server = new LoopbackServer(request => Interlocked.CompareExchange(ref poisoned, request.Body, null) is var first && (first ?? request.Body) == request.Body
            ? new LoopbackReply(500, "{}") : Told.Answer(Told.Reason));

        var error = await Assert.ThrowsAsync<EndpointException>(() => RunAsync(server, TestContext.Current.CancellationToken, rows: 40));

        Assert.StartsWith("1 row(s) got no answer, at last: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(39, File.ReadLines(Journal).Count() - 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(100)]
    [InlineData(118)]
    public async Task A_line_that_was_being_written_is_dropped_and_asked_for_again(int missing)
    {
        await using var server = new LoopbackServer(_ => Told.Answer("Yes. Gut wäre “schön” – 好的。"));
        await RunAsync(server, TestContext.Current.CancellationToken, rows: 20);
        var whole = File.ReadAllText(Journal);
        using (var stream = new FileStream(Journal, FileMode.Open))
        {
            stream.SetLength(stream.Length - missing);
        }

        var result = await RunAsync(server, TestContext.Current.CancellationToken, rows: 20);

        Assert.Equal((20, 19, 21), (result.Asked, result.AnswersFound, server.Requests.Count));
        Assert.Equal(whole.Split('\n').Order(), File.ReadAllText(Journal).Split('\n').Order());
    }

    [Fact]
    public async Task A_journal_of_other_questions_a_damaged_one_and_one_in_use_are_refused()
    {
        await using var server = new LoopbackServer(_ => Told.Answer(Told.Reason));
        await RunAsync(server, TestContext.Current.CancellationToken, rows: 5);
        var lines = File.ReadAllLines(Journal);

        var other = await Assert.ThrowsAsync<DataFormatException>(() => RunAsync(server, TestContext.Current.CancellationToken, model: "n"));
        File.WriteAllLines(Journal, [lines[0], lines[1].Replace("\"promptTokens\"", "\"tokens\"", StringComparison.Ordinal), lines[2]]);
        var damaged = await Assert.ThrowsAsync<DataFormatException>(() => RunAsync(server, TestContext.Current.CancellationToken));
        File.WriteAllBytes(Journal, [0xff, (byte)'\n']);
        var bytes = await Assert.ThrowsAsync<DataFormatException>(() => RunAsync(server, TestContext.Current.CancellationToken));
        var notes = "Not a journal, and no line end";
        File.WriteAllText(_folder.File("notes.txt"), notes);
        await Assert.ThrowsAsync<DataFormatException>(() => RunAsync(server, TestContext.Current.CancellationToken, journal: _folder.File("notes.txt")));
        using var held = new FileStream(Journal, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        var inUse = await Assert.ThrowsAsync<IOException>(() => RunAsync(server, TestContext.Current.CancellationToken));

        Assert.Contains("its answers are for model 'm' and not 'n'", other.Message, StringComparison.Ordinal);
        Assert.StartsWith("journal.jsonl:2: expected a journal's answer", damaged.Message, StringComparison.Ordinal);
        Assert.StartsWith("journal.jsonl:1: expected a journal's header", bytes.Message, StringComparison.Ordinal);
        Assert.Equal(notes, File.ReadAllText(_folder.File("notes.txt")));
        Assert.Contains("Does another call work on it?", inUse.Message, StringComparison.Ordinal);
        Assert.Equal(5, server.Requests.Count);
    }

    /// <summary>About a quarter of the requests fail, each in its way.</summary>
    private static LoopbackReply? Failure(int number) => (number % 28) switch
    {
        0 => new LoopbackReply(429, "{}") { Headers = ["Retry-After: 0"] },
        4 => new LoopbackReply(500, "oops"),
        8 => Told.Answer(Told.Reason) with { CutAfter = 15 },
        12 => new LoopbackReply(200, "{\"choices\":[{\"mess"),
        16 => Told.Events("{\"choices\":[{\"delta\":{\"content\":\"Yes\"}}]}"),
        20 => new LoopbackReply(503, "") { Delay = TimeSpan.FromMilliseconds(30) },
        24 => new LoopbackReply(200, "{\"choices\":[]}"),
        _ => null,
    };

    private Task<EndpointSynthesisResult> RunAsync(LoopbackServer server, CancellationToken stop, int rows = 500, string model = "m", string? journal = null) =>
        new EndpointSynthesis(World, new ReasonSynthesisOptions { Count = 500 }, Told.Calls(server) with { Model = model }, new TeacherOptions { MaxRows = rows, Concurrency = 16 })
            .RunAsync(ApiKeys.None, journal ?? Journal, stop: stop);
}

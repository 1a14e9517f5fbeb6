using System.Diagnostics;
using ThinkRec.Data;
using ThinkRec.Teaching.Endpoint;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests.Endpoint;

/// <summary>An answer of <see cref="Told"/> costs 0.0003.</summary>
public sealed class RequestLimitTests : IDisposable
{
    private static readonly Dataset World = BuiltInWorld.Generate(new BuiltInWorldOptions { NumUsers = 60, NumItems = 100 }).Dataset;
    private static readonly ChatMessage[] Question = [new("user", "Will it do?")];

    private readonly TemporaryFolder _folder = new();

    private string Journal => _folder.File("journal.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task No_request_is_sent_that_would_pass_the_cost_and_the_journal_counts_when_the_call_is_repeated()
    {
        await using var server = new LoopbackServer(_ => Told.Answer(Told.Reason));

        var first = await RunAsync(server, options => options with { MaxCost = 0.003 });
        var again = await RunAsync(server, options => options with { MaxCost = 0.003 });
        var more = await RunAsync(server, options => options with { MaxCost = 0.00455 });

        Assert.Equal((10, 0), (first.Asked, again.Asked - first.Asked));
        Assert.Matches(@"^0\.00\d+ of 0\.003 is spent, \d requests are under way, and each takes about 0\.0003\. Allow more to go on\.$", first.Limit);
        Assert.StartsWith("0.003 of 0.003 is spent, 0 requests are under way", again.Limit, StringComparison.Ordinal);
        Assert.Equal(first.Reasons.Count + first.WrongVotes, first.Asked);
        Assert.Equal((15, 15, 15), (more.Asked, more.Cost.Answers, server.Requests.Count));
        Assert.Equal(15, File.ReadLines(Journal).Count() - 1);
    }

    [Fact]
    public async Task A_row_whose_questions_the_limit_cuts_off_is_neither_kept_nor_counted_and_is_finished_by_the_next_call()
    {
        await using var server = new LoopbackServer(_ => Told.Answer(Told.Reason));
        var votes = new TeacherOptions { Samples = 3, Concurrency = 1 };

        var cut = await RunAsync(server, options => options with { MaxRequests = 5 }, votes);
        var whole = await RunAsync(server, options => options with { MaxRequests = 6 }, votes);

        Assert.Equal((2, 5, "5 of 5 requests are sent. Allow more to go on."), (cut.Asked, cut.Cost.Answers, cut.Limit));
        Assert.Equal((3, 6), (whole.Asked, server.Requests.Count));
    }

    [Fact]
    public async Task Repeated_requests_count()
    {
        await using var server = new LoopbackServer(request => request.Number % 2 == 0 ? new LoopbackReply(500, "") : Told.Answer(Told.Reason));
        using var client = new ChatClient(Told.Calls(server) with { MaxRequests = 5 }, ApiKeys.None);

        await client.AskAsync(Question, 50, TestContext.Current.CancellationToken);
        await client.AskAsync(Question, 50, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<EndpointException>(() => client.AskAsync(Question, 50, TestContext.Current.CancellationToken));

        Assert.Equal((EndpointFailure.Spent, 5), (error.Kind, server.Requests.Count));
    }

    [Fact]
    public async Task While_no_cost_is_known_requests_go_one_by_one()
    {
        var before = new List<int>();
        LoopbackServer? server = null;
        server = new LoopbackServer(request =>
        {
            if (request.Number < 2)
            {
                Thread.Sleep(200);
                before.Add(server!.Requests.Count);
            }

            return request.Number == 0 ? new LoopbackReply(500, "") : Told.Answer(Told.Reason);
        });
        await using var disposed = server;
        using var client = new ChatClient(Told.Calls(server) with { MaxCost = 1 }, ApiKeys.None);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.AskAsync(Question, 50, TestContext.Current.CancellationToken)));

        Assert.Equal([1, 2], before);
        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task An_endpoint_that_tells_no_tokens_cannot_be_held_to_a_cost()
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(200, "{\"choices\":[{\"message\":{\"content\":\"Yes. It is.\"}}]}"));

        var error = await Assert.ThrowsAsync<EndpointException>(() => RunAsync(server, options => options with { MaxCost = 1 }));

        Assert.Contains("does not say how many tokens an answer takes", error.Message, StringComparison.Ordinal);
        Assert.Contains("--max-requests", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, File.ReadLines(Journal).Count() - 1);
    }

    [Fact]
    public async Task Requests_keep_their_pace()
    {
        await using var server = new LoopbackServer(_ => Told.Answer(Told.Reason));
        using var client = new ChatClient(Told.Calls(server) with { RequestsPerMinute = 600 }, ApiKeys.None);
        var watch = Stopwatch.StartNew();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => client.AskAsync(Question, 50, TestContext.Current.CancellationToken)));

        Assert.InRange(watch.Elapsed.TotalSeconds, 0.49, 30);
    }

    [Fact]
    public void Limits_out_of_range_and_a_cost_without_prices_are_refused()
    {
        var options = new EndpointOptions { Address = new Uri("http://host/v1"), Model = "m", PromptPrice = 1, MaxCost = 3, MaxRequests = 0, RequestsPerMinute = double.NaN };

        var error = Assert.Throws<ArgumentException>(options.Validate);

        Assert.Contains("needs the prices of tokens read and of tokens written; requests must be at least 1 but are 0; requests per minute must be", error.Message, StringComparison.Ordinal);
    }

    private Task<EndpointSynthesisResult> RunAsync(LoopbackServer server, Func<EndpointOptions, EndpointOptions> change, TeacherOptions? teacher = null) =>
        new EndpointSynthesis(World, new ReasonSynthesisOptions { Count = 100 }, change(Told.Calls(server)), teacher ?? new TeacherOptions())
            .RunAsync(ApiKeys.None, Journal, stop: TestContext.Current.CancellationToken);
}

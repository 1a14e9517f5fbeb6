using System.Diagnostics;
using System.Text.Json;
using ThinkRec.Teaching.Endpoint;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests.Endpoint;

public sealed class ChatClientTests
{
    private const string Key = "sk-secret-0123456789";
    private static readonly ChatMessage[] Question = [new("user", "Will “it” do?")];

    /// <summary>Everything an endpoint does wrong once and right the next time.</summary>
    public static TheoryData<string> PassingFailures => new(Failures.Keys);

    private static Dictionary<string, LoopbackReply> Failures { get; } = new()
    {
        ["429 with Retry-After"] = new(429, "{\"error\":{\"message\":\"slow down\"}}") { Headers = ["Retry-After: 0"] },
        ["429 with a date that is past"] = new(429, "{}") { Headers = ["Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"] },
        ["500"] = new(500, "{\"error\":{\"message\":\"oops\"}}"),
        ["502 of a proxy"] = new(502, "<html>bad gateway</html>"),
        ["cut-off body"] = Told.Answer("Yes. Because.") with { CutAfter = 20 },
        ["cut-off before the body"] = Told.Answer("Yes. Because.") with { CutAfter = 0 },
        ["HTML"] = new(200, "<html>hello</html>"),
        ["half a document"] = new(200, "{\"choices\":[{\"message\":{\"content\":\"Yes"),
        ["null"] = new(200, "null"),
        ["a list"] = new(200, "[]"),
        ["nothing"] = new(200, ""),
        ["no choices"] = new(200, "{\"choices\":[]}"),
        ["a choice that is null"] = new(200, "{\"choices\":[null]}"),
        ["choices of another type"] = new(200, "{\"choices\":5}"),
        ["no message"] = new(200, "{\"choices\":[{\"finish_reason\":\"stop\"}]}"),
        ["half a surrogate pair"] = new(200, "{\"choices\":[{\"message\":{\"content\":\"\\ud800\"}}]}"),
        ["an error with status 200"] = new(200, "{\"error\":{\"message\":\"overloaded\",\"code\":529}}"),
        ["an error that is a text"] = new(200, "{\"error\":\"overloaded\"}"),
        ["cut-off stream"] = Told.Events("{\"choices\":[{\"delta\":{\"content\":\"Ye\"}}]}"),
        ["stream with half a piece"] = Told.Events("{\"choices\":[{\"delta\":"),
        ["stream with an error"] = Told.Events("{\"choices\":[{\"delta\":{\"content\":\"Ye\"}}]}", "{\"error\":{\"message\":\"gone\"}}"),
    };

    [Fact]
    public async Task The_question_goes_to_chat_completions_with_the_key_and_comes_back_with_its_tokens()
    {
        await using var server = new LoopbackServer(_ => Told.Answer("Yes. Because.", "hm"));
        using var client = new ChatClient(Told.Calls(server) with { Temperature = 0.5 }, ApiKeys.Parse(Key, "K"));

        var reply = await client.AskAsync(Question, 77, TestContext.Current.CancellationToken);

        Assert.Equal(new ChatReply("Yes. Because.", "hm", "stop", "m-1", 100, 10, 1), reply);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("/v1/chat/completions", "Bearer " + Key), (request.Path, request.Authorization));
        Assert.Equal("""{"model":"m","messages":[{"role":"user","content":"Will “it” do?"}],"max_tokens":77,"temperature":0.5}""", request.Body);
    }

    [Theory]
    [MemberData(nameof(PassingFailures))]
    public async Task A_failure_that_may_pass_is_followed_by_the_same_request(string failure)
    {
        await using var server = new LoopbackServer(request => request.Number == 0 ? Failures[failure] : Told.Answer("Yes. Because."));
        using var client = new ChatClient(Told.Calls(server), ApiKeys.None);

        var reply = await client.AskAsync(Question, 50, TestContext.Current.CancellationToken);

        Assert.Equal(("Yes. Because.", 2), (reply.Text, reply.Requests));
        Assert.Equal(2, server.Requests.Count);
        Assert.Single(server.Requests.Select(request => request.Body).Distinct());
    }

    [Fact]
    public async Task The_wait_that_the_endpoint_asks_for_holds_for_every_request()
    {
        await using var server = new LoopbackServer(request =>
            request.Number == 0 ? new LoopbackReply(429, "{}") { Headers = ["Retry-After: 1"] } : Told.Answer("No. Because."));
        using var client = new ChatClient(Told.Calls(server), ApiKeys.None);
        var watch = Stopwatch.StartNew();

        var first = client.AskAsync(Question, 50, TestContext.Current.CancellationToken);
        while (server.Requests.Count == 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await Task.Delay(200, TestContext.Current.CancellationToken);
        var second = await client.AskAsync(Question, 50, TestContext.Current.CancellationToken);
        var waited = watch.Elapsed;

        Assert.Equal((2, 1), ((await first).Requests, second.Requests));
        Assert.InRange(waited.TotalSeconds, 0.95, 30);
    }

    [Fact]
    public async Task A_slow_answer_is_given_up_and_the_repetitions_are_bounded()
    {
        await using var server = new LoopbackServer(_ => Told.Answer("Yes.") with { Delay = TimeSpan.FromSeconds(30) });
        using var client = new ChatClient(Told.Calls(server) with { Timeout = TimeSpan.FromMilliseconds(500), Retries = 2 }, ApiKeys.None);

        var error = await Assert.ThrowsAsync<EndpointException>(() => client.AskAsync(Question, 50, TestContext.Current.CancellationToken));

        Assert.Equal(EndpointFailure.Transient, error.Kind);
        Assert.Contains("gave no whole answer within 0.5 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData(404, "{\"error\":{\"message\":\"no model m\"}}", EndpointFailure.Fatal, "no model m Check the address and the model")]
    [InlineData(501, "", EndpointFailure.Fatal, "answered 501")]
    [InlineData(400, "{\"error\":{\"message\":\"no such thing\"}}", EndpointFailure.Refused, "answered 400 to model 'm': no such thing")]
    [InlineData(422, "[]", EndpointFailure.Refused, "answered 422")]
    [InlineData(400, "{\"error\":{\"message\":\"This model's maximum context length is 10 tokens\"}}", EndpointFailure.TooLong, "maximum context")]
    [InlineData(400, "{\"error\":{\"code\":\"context_length_exceeded\",\"message\":\"x\"}}", EndpointFailure.TooLong, "x")]
    [InlineData(413, "", EndpointFailure.TooLong, "answered 413")]
    [InlineData(401, "{\"error\":{\"message\":\"Incorrect API key provided: sk-secret-0123456789\"}}", EndpointFailure.Fatal, "Check the key")]
    [InlineData(429, "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"pay\"}}", EndpointFailure.Fatal, "its balance")]
    public async Task A_failure_that_will_not_pass_is_not_repeated_and_no_key_is_shown(int status, string body, EndpointFailure kind, string expected)
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(status, body));
        using var client = new ChatClient(Told.Calls(server), ApiKeys.Parse(Key, "K"));

        var error = await Assert.ThrowsAsync<EndpointException>(() => client.AskAsync(Question, 50, TestContext.Current.CancellationToken));

        Assert.Equal(kind, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, error.ToString(), StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_wait_of_hours_ends_the_call()
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(429, "{}") { Headers = ["Retry-After: 7200"] });
        using var client = new ChatClient(Told.Calls(server), ApiKeys.None);

        var error = await Assert.ThrowsAsync<EndpointException>(() => client.AskAsync(Question, 50, TestContext.Current.CancellationToken));

        Assert.Equal(EndpointFailure.Fatal, error.Kind);
        Assert.Contains("It asks to wait 120 minutes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_accepted_gives_way_to_the_next()
    {
        await using var server = new LoopbackServer(request => request.Authorization == "Bearer good" ? Told.Answer("Yes.") : new LoopbackReply(401, "{}"));
        using var client = new ChatClient(Told.Calls(server), ApiKeys.Parse("bad,good,worse", "K"));

        for (var i = 0; i < 6; i++)
        {
            await client.AskAsync(Question, 50, TestContext.Current.CancellationToken);
        }

        Assert.Equal(["Bearer bad", "Bearer worse"], server.Requests.Select(request => request.Authorization).Where(key => key != "Bearer good").Order());
    }

    [Fact]
    public async Task The_other_name_of_the_limit_is_learnt_once_from_the_refusal_that_tells_it()
    {
        static bool IsOld(LoopbackRequest request) => request.Body.Contains("\"max_tokens\":50", StringComparison.Ordinal);
        static bool IsNew(LoopbackRequest request) => request.Body.Contains("\"max_completion_tokens\":50", StringComparison.Ordinal);
        const string Refusal = "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.\",\"code\":\"unsupported_parameter\"}}";
        await using var server = new LoopbackServer(request => IsOld(request) ? new LoopbackReply(400, Refusal) : Told.Answer("Yes."));
        using var client = new ChatClient(Told.Calls(server), ApiKeys.None);

        var first = await client.AskAsync(Question, 50, TestContext.Current.CancellationToken);
        var second = await client.AskAsync(Question, 50, TestContext.Current.CancellationToken);

        Assert.Equal((2, 1), (first.Requests, second.Requests));
        Assert.Equal([(true, false), (false, true), (false, true)], server.Requests.Select(request => (IsOld(request), IsNew(request))));
    }

    [Fact]
    public async Task An_endpoint_that_refuses_both_names_of_the_limit_is_asked_twice()
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(400, "{\"error\":{\"message\":\"no max_completion_tokens\"}}"));
        using var client = new ChatClient(Told.Calls(server), ApiKeys.None);

        var error = await Assert.ThrowsAsync<EndpointException>(() => client.AskAsync(Question, 50, TestContext.Current.CancellationToken));

        Assert.Equal((EndpointFailure.Refused, 2), (error.Kind, server.Requests.Count));
    }

    [Fact]
    public async Task A_redirection_is_not_followed_because_the_key_is_not_for_others()
    {
        await using var other = new LoopbackServer(_ => Told.Answer("Yes."));
        await using var server = new LoopbackServer(_ => new LoopbackReply(307, "") { Headers = [$"Location: {other.Address}"] });
        using var client = new ChatClient(Told.Calls(server), ApiKeys.Parse(Key, "K"));

        var error = await Assert.ThrowsAsync<EndpointException>(() => client.AskAsync(Question, 50, TestContext.Current.CancellationToken));

        Assert.Contains("answered 307", error.Message, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_stream_is_put_together_with_its_thinking_and_tokens()
    {
        await using var server = new LoopbackServer(_ => Told.Events(
            "{\"model\":\"q\",\"choices\":[{\"delta\":{\"reasoning_content\":\"h\"}}]}",
            "{\"choices\":[{\"delta\":{\"reasoning_content\":\"m\"}}]}",
            "{\"choices\":[{\"delta\":{\"content\":\"Yes. \"}}]}",
            "{\"choices\":[{\"delta\":{\"content\":\"So.\"},\"finish_reason\":\"length\"}]}",
            "{\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}",
            "[DONE]"));
        using var client = new ChatClient(Told.Calls(server) with { Stream = true }, ApiKeys.None);

        var reply = await client.AskAsync(Question, 50, TestContext.Current.CancellationToken);

        Assert.Equal(new ChatReply("Yes. So.", "hm", "length", "q", 7, 3, 1), reply);
        var sent = JsonDocument.Parse(server.Requests.Single().Body).RootElement;
        Assert.True(sent.GetProperty("stream").GetBoolean() && sent.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
    }

    [Theory]
    [InlineData("{\"choices\":[{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"No.\"},5]}}]}", "No.", "")]
    [InlineData("{\"choices\":[{\"message\":{\"content\":null,\"reasoning\":\"r\"}}],\"usage\":{\"prompt_tokens\":-5}}", "", "r")]
    [InlineData("{\"choices\":[{\"message\":{\"content\":\"x\",\"reasoning\":{\"a\":1}}}],\"usage\":null,\"error\":null}", "x", "")]
    public async Task Other_dialects_are_understood(string body, string text, string thinking)
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(200, body));
        using var client = new ChatClient(Told.Calls(server), ApiKeys.None);

        Assert.Equal(new ChatReply(text, thinking, "stop", "", 0, 0, 1), await client.AskAsync(Question, 50, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_endless_answer_is_not_read_to_its_end()
    {
        await using var server = new LoopbackServer(_ => new LoopbackReply(200, new string(' ', (16 << 20) + 1)));
        using var client = new ChatClient(Told.Calls(server), ApiKeys.None);

        var error = await Assert.ThrowsAsync<EndpointException>(() => client.AskAsync(Question, 50, TestContext.Current.CancellationToken));

        Assert.Contains("longer than 16 MiB", error.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void Keys_in_addresses_and_values_out_of_range_are_refused_without_showing_the_key()
    {
        var options = new EndpointOptions { Address = new Uri("http://me:sk-1@host/v1"), Model = " ", Retries = 0 };

        var error = Assert.Throws<ArgumentException>(options.Validate);

        Assert.Contains("has no name; retries must be 1 to 100 but are 0", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-1", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("schlüssel", Assert.Throws<ArgumentException>(() => ApiKeys.Parse("schlüssel", "K")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ApiKeys.Parse(" , ", "K"));
    }
}

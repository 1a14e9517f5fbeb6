using System.Collections.Concurrent;
using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.Teaching.Endpoint;
using ThinkRec.Teaching.Keywords;
using ThinkRec.Teaching.Tests.Endpoint;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests.Keywords;

public sealed class EndpointKeywordsTests : IDisposable
{
    private static readonly KeywordCalls Ten = new() { Batch = 10, Concurrency = 4 };

    private readonly TemporaryFolder _folder = new();

    private string Journal => _folder.File("journal.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Items_are_asked_about_together_each_text_once_and_those_without_text_not_at_all()
    {
        await using var server = new LoopbackServer(request => Told.Answer(AnswerTo(request)));
        var dataset = Catalogue([.. Titles(23), "Film 3", "", "\u200B"]);

        var result = await RunAsync(server, dataset);

        Assert.Equal(3, server.Requests.Count);
        Assert.Equal((23, 0, 0, 0), (result.Texts, result.Found, result.GivenUp, result.Refused));
        Assert.Equal(new ReasonCost(3, 3, 300, 30, 0.0009), result.Cost with { Price = Math.Round(result.Cost.Price!.Value, 9) });
        Assert.All(Enumerable.Range(1, 23), item => Assert.Equal([$"about film {item - 1}", "sea"], result.Keywords[item]));
        Assert.Equal(result.Keywords[4], result.Keywords[24]);
        Assert.Equal([[], []], result.Keywords.Skip(25));
    }

    [Fact]
    public async Task Texts_of_others_stay_on_their_lines()
    {
        await using var server = new LoopbackServer(_ => Told.Answer(string.Join('\n', Enumerable.Range(1, 10).Select(number => $"{number}: sea"))));
        var random = new Random(5);
        ItemText[] texts = [.. Enumerable.Range(0, 40).Select(i => new ItemText($"T{i}" + HostileText.Next(random), HostileText.Next(random), [HostileText.Next(random)]))];

        await RunAsync(server, Catalogue(texts));

        foreach (var lines in server.Requests.Select(request => LinesOf(request)))
        {
            Assert.Equal(10, lines.Length);
            Assert.All(lines.Select((line, place) => (line, place)), entry => Assert.StartsWith($"{entry.place + 1}: T", entry.line));
        }
    }

    [Fact]
    public async Task Missing_lines_are_asked_for_again_and_then_alone_and_then_no_more()
    {
        await using var server = new LoopbackServer(request => Told.Answer(string.Join('\n', AnswerTo(request).Split('\n').Where(line => !line.Contains("film 3")
            && (!line.Contains("film 5") || LinesOf(request).Length == 1)))));

        var result = await RunAsync(server, Catalogue(Titles(10)));

        Assert.Equal(["10", "2", "1", "1", "1"], server.Requests.Select(request => LinesOf(request).Length.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal((10, 1), (result.Texts, result.GivenUp));
        Assert.Empty(result.Keywords[4]);
        Assert.Equal(["about film 5", "sea"], result.Keywords[6]);

        await RunAsync(server, Catalogue(Titles(10)));

        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task An_answer_that_was_cut_off_is_asked_for_with_more_tokens()
    {
        await using var server = new LoopbackServer(request => MaxTokensOf(request) < 200 ? Told.Answer("1: sea\n2: se", finish: "length") : Told.Answer(AnswerTo(request)));

        var result = await RunAsync(server, Catalogue(Titles(4)), calls => calls with { MaxTokens = 100 });

        Assert.Equal([100, 200], server.Requests.Select(MaxTokensOf));
        Assert.Equal(["sea"], result.Keywords[1]);
        Assert.Equal(["about film 1", "sea"], result.Keywords[2]);
    }

    [Fact]
    public async Task A_stop_and_a_torn_line_lose_nothing_that_was_paid_and_another_dataset_pays_for_its_own_texts_alone()
    {
        using var stop = new CancellationTokenSource();
        var answered = new ConcurrentBag<string>();
        await using var server = new LoopbackServer(request =>
        {
            if (request.Number % 5 == 3)
            {
                return request.Number % 2 == 0 ? new LoopbackReply(500, "oops") : Told.Answer("1: x") with { CutAfter = 9 };
            }

            Array.ForEach(LinesOf(request), line => answered.Add(line[(line.IndexOf(':') + 2)..]));
            if (answered.Count >= 100)
            {
                stop.Cancel();
            }

            return Told.Answer(AnswerTo(request));
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(server, Catalogue(Titles(400)), stop: stop.Token));
        var paid = File.ReadLines(Journal).Count() - 1;
        using (var stream = new FileStream(Journal, FileMode.Open))
        {
            stream.SetLength(stream.Length - 5);
        }

        var result = await RunAsync(server, Catalogue(Titles(400)));
        var repeated = answered.CountBy(text => text).Where(entry => entry.Value > 1).ToArray();

        Assert.InRange(paid, 10, 20);
        Assert.Equal((400, (paid - 1) * 10), (result.Texts, result.Found));
        Assert.Equal(410, answered.Count);
        Assert.Equal(10, repeated.Length);
        Assert.All(Enumerable.Range(1, 400), item => Assert.Equal($"about film {item - 1}", result.Keywords[item][0]));

        var other = await RunAsync(server, Catalogue([.. Titles(402).Reverse()]));

        Assert.Equal((402, 400), (other.Texts, other.Found));
        Assert.Equal(412, answered.Count);
        Assert.Equal("about film 7", other.Keywords[402 - 7][0]);
    }

    [Fact]
    public async Task Another_model_or_another_number_of_keywords_is_another_question()
    {
        await using var server = new LoopbackServer(request => Told.Answer(AnswerTo(request)));

        await RunAsync(server, Catalogue(Titles(5)));
        await RunAsync(server, Catalogue(Titles(5)), calls => calls with { Model = "n" });
        var few = await RunAsync(server, Catalogue(Titles(5)), calls: Ten with { Max = 1 });

        Assert.Equal(3, server.Requests.Count);
        Assert.All(few.Keywords.Skip(1), words => Assert.Single(words));
    }

    [Fact]
    public async Task What_the_endpoint_refuses_is_found_by_halving_and_left_out()
    {
        await using var server = new LoopbackServer(request => LinesOf(request).Any(line => line.EndsWith("Film 6", StringComparison.Ordinal))
            ? new LoopbackReply(400, "{\"error\":{\"message\":\"content filter\"}}")
            : LinesOf(request).Length > 5 ? new LoopbackReply(413, "") : Told.Answer(AnswerTo(request)));

        var result = await RunAsync(server, Catalogue(Titles(20)));

        Assert.Equal((20, 1, 0), (result.Texts, result.Refused, result.GivenUp));
        Assert.Equal([7], Enumerable.Range(1, 20).Where(item => result.Keywords[item].Count == 0));
    }

    [Fact]
    public async Task Limits_and_an_endpoint_that_is_down_end_the_asking_and_a_repeated_call_goes_on()
    {
        var isDown = false;
        await using var server = new LoopbackServer(request => isDown ? new LoopbackReply(503, "{\"error\":\"down\"}") : Told.Answer(AnswerTo(request)));

        var requests = await Assert.ThrowsAsync<EndpointException>(() => RunAsync(server, Catalogue(Titles(100)), calls => calls with { MaxRequests = 4 }));
        var money = await Assert.ThrowsAsync<EndpointException>(() => RunAsync(server, Catalogue(Titles(100)), calls => calls with { MaxCost = 0.0021 }));
        isDown = true;
        var down = await Assert.ThrowsAsync<EndpointException>(() => RunAsync(server, Catalogue(Titles(100)), calls => calls with { Retries = 1 }));
        isDown = false;
        var result = await RunAsync(server, Catalogue(Titles(100)));

        Assert.Contains("60 text(s) have no keywords yet, at last: 4 of 4 requests are sent", requests.Message);
        Assert.Contains("repeat the call to go on", requests.Message);
        Assert.Contains("30 text(s) have no keywords yet", money.Message);
        Assert.Contains("answered 503 to model 'm': down", down.Message);
        Assert.Equal((100, 70, 10), (result.Texts, result.Found, result.Cost.Answers));
    }

    [Fact]
    public async Task A_journal_of_something_else_is_refused_and_left_as_it_is()
    {
        await using var server = new LoopbackServer(request => Told.Answer(AnswerTo(request)));
        File.WriteAllText(Journal, "{\"format\":\"thinkrec-keywords-journal-9\"}\n");

        var error = await Assert.ThrowsAsync<DataFormatException>(() => RunAsync(server, Catalogue(Titles(3))));

        Assert.Contains("its answers are for 'thinkrec-keywords-journal-9' and not 'thinkrec-keywords-journal-1'", error.Message);
        Assert.Empty(server.Requests);
    }

    private static string[] Titles(int count) => [.. Enumerable.Range(0, count).Select(i => $"Film {i}")];

    private static Dataset Catalogue(string[] titles) => Catalogue([.. titles.Select(title => new ItemText(title, "", []))]);

    private static Dataset Catalogue(ItemText[] texts) => new()
    {
        Card = new DatasetCard { Name = "hand", ItemNoun = "movie", ItemNounPlural = "movies", Source = "a test", Created = "by hand" },
        Users = new IdMap(["a"]),
        Items = new IdMap(texts.Select((_, i) => $"i{i}")),
        ItemTexts = [ItemText.Empty, .. texts],
        Interactions = [],
    };

    private static string[] LinesOf(LoopbackRequest request) =>
        JsonDocument.Parse(request.Body).RootElement.GetProperty("messages")[1].GetProperty("content").GetString()!.Split('\n');

    private static int MaxTokensOf(LoopbackRequest request) => JsonDocument.Parse(request.Body).RootElement.GetProperty("max_tokens").GetInt32();

    private static string AnswerTo(LoopbackRequest request) =>
        string.Join('\n', LinesOf(request).Select(line => $"{line.Split(':')[0]}: about {line[(line.IndexOf(':') + 2)..].ToLowerInvariant()}, sea"));

    private Task<EndpointKeywordsResult> RunAsync(
        LoopbackServer server, Dataset dataset, Func<EndpointOptions, EndpointOptions>? change = null, KeywordCalls? calls = null, CancellationToken? stop = null) =>
        new EndpointKeywords(dataset, _ => true, (change ?? (options => options))(Told.Calls(server)), calls ?? Ten)
            .RunAsync(ApiKeys.None, Journal, stop: stop ?? TestContext.Current.CancellationToken);
}

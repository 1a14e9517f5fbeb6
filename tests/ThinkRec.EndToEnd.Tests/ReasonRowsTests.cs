using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>A teacher is asked about the rows that a run makes interesting.</summary>
[Collection(TrainedRun.Name)]
public sealed class ReasonRowsTests(TrainedRun trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Mispredicted_rows_of_an_evaluated_sample_of_the_training_split_are_asked_about_and_no_others()
    {
        string predictions = _folder.File("train.csv");
        string evaluated = await TrainedRun.DoneAsync("evaluate", "--run", trained.Run, "--data", trained.Data, "--split", "train", "--sample", "300", "--predictions", predictions, "--json");
        await TrainedRun.DoneAsync("reasons", "synthesize", trained.Data, "--rows", "mispredicted", "--predictions", predictions, "--threshold", "0", "--out", _folder.File("reasons.jsonl"));

        string[][] lines = [.. File.ReadLines(predictions).Skip(1).Select(line => line.Split(','))];
        HashSet<(string, string)> wrong = [.. lines.Where(line => double.Parse(line[3], System.Globalization.CultureInfo.InvariantCulture) > 0 != (line[2] == "1")).Select(line => (line[0], line[1]))];
        var asked = Reasons("reasons.jsonl").Select(reason => (reason.GetProperty("user").GetString()!, reason.GetProperty("item").GetString()!)).ToArray();
        Assert.Equal((300, 300), (lines.Length, JsonDocument.Parse(evaluated).RootElement.GetProperty("rows").GetInt32()));
        Assert.InRange(wrong.Count, 20, 250);
        Assert.InRange(asked.Length, 10, wrong.Count);
        Assert.All(asked, row => Assert.Contains(row, wrong));
    }

    [Fact]
    public async Task As_many_rows_of_each_user_group_are_asked_about()
    {
        JsonElement experts = JsonDocument.Parse(File.ReadAllText(Path.Combine(trained.Run, "experts.json"))).RootElement;
        HashSet<string>[] groups = [.. experts.GetProperty("users").EnumerateArray().Select(users => users.EnumerateArray().Select(user => user.GetString()!).ToHashSet())];
        await using var server = new LoopbackServer(_ => new LoopbackReply(200, "{\"choices\":[{\"message\":{\"content\":\"No. It is far.\"}}]}"));

        await TrainedRun.DoneAsync(
            "reasons", "synthesize", trained.Data, "--rows", "per-group", "--run", trained.Run, "--out", _folder.File("reasons.jsonl"), "--endpoint", server.Address.ToString(),
            "--model", "m", "--max-rows", "24");

        string[] users = [.. File.ReadLines(_folder.File("reasons.journal.jsonl")).Skip(1).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("user").GetString()!)];
        Assert.Equal([12, 12], groups.Select(group => users.Count(group.Contains)));
    }

    [Fact]
    public async Task Training_says_which_reasons_it_leaves_out_and_refuses_a_file_that_leaves_none()
    {
        static string Line(string[] row) => JsonSerializer.Serialize(new
        {
            user = row[0],
            item = row[1],
            timestamp = long.Parse(row[4], System.Globalization.CultureInfo.InvariantCulture),
            answer = row[3] == "1" ? "Yes" : "No",
            reason = row[3] == "1" ? "Yes. It is." : "No. It is not.",
            teacher = "a test",
            how = "by hand",
            checks = Array.Empty<string>(),
        });
        string[][] rows = [.. File.ReadLines(Directory.EnumerateFiles(trained.Data, "*.inter").Single()).Skip(1).Select(line => line.Split('\t'))];
        string[] own = [.. rows.Where(row => row[5] == "train").Take(3).Select(Line)], heldOut = [.. rows.Where(row => row[5] != "train").Take(2).Select(Line)];
        File.WriteAllLines(_folder.File("mixed.jsonl"), [.. own, .. heldOut]);
        File.WriteAllLines(_folder.File("none.jsonl"), heldOut);

        string json = await TrainedRun.DoneAsync([.. trained.Train(_folder.File("run")), "--stage", "encoder", "--set", $"thinking.reasons={_folder.File("mixed.jsonl")}", "--json"]);
        Outcome refused = await Tool.RunAsync([.. trained.Train(_folder.File("other")), "--stage", "encoder", "--set", $"thinking.reasons={_folder.File("none.jsonl")}"]);

        string? note = Assert.Single(JsonDocument.Parse(json).RootElement.GetProperty("notes").EnumerateArray()).GetString();
        Assert.Contains("3 reasons are trained on; left out are 2 about validation or test rows", note);
        Refusal.AssertOneLine(refused, 2, "none.jsonl", "'reasons synthesize'");
        Assert.False(Directory.Exists(_folder.File("other")));
    }

    [Theory]
    [InlineData("thinkrec", "0", "groups; train thinkrec with experts enabled")]
    [InlineData("other", "1", "whose files differ")]
    public async Task A_run_without_groups_and_one_of_other_data_are_refused(string run, string seed, string expected)
    {
        string data = trained.Data;
        trained.CopyRun(_folder.File(run));
        if (seed == "0")
        {
            File.Delete(Path.Combine(_folder.File(run), "experts.json"));
        }
        else
        {
            data = _folder.File("data");
            await TrainedRun.DoneAsync("data", "prepare", "built-in", "--users", "40", "--items", "100", "--seed", "9", "--out", data);
        }

        Outcome outcome = await Tool.RunAsync("reasons", "synthesize", data, "--rows", "per-group", "--run", _folder.File(run), "--out", _folder.File("reasons.jsonl"));

        Refusal.AssertOneLine(outcome, 2, _folder.File(run), expected);
        Assert.False(File.Exists(_folder.File("reasons.jsonl")));
    }

    private IEnumerable<JsonElement> Reasons(string name) => File.ReadLines(_folder.File(name)).Select(line => JsonDocument.Parse(line).RootElement);
}

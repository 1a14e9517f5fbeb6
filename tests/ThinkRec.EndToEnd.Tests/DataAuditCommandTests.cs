using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

public sealed class DataAuditCommandTests : IDisposable
{
    // Counted apart from the program, from the lines of the prepared files.
    private static readonly Dictionary<string, int> Ml1m = new()
    {
        ["time-ties"] = 14_619,
        ["cold-users"] = 3_686,
        ["cold-items"] = 138,
        ["titles-of-several-years"] = 42,
    };

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_built_in_world_passes_a_strict_audit_and_says_the_same_as_text_and_as_json()
    {
        await PrepareAsync();

        Outcome text = await Tool.RunAsync("data", "audit", Data, "--strict");
        Outcome json = await Tool.RunAsync("data", "audit", Data, "--strict", "--json");

        Assert.Equal((0, "", 0, ""), (text.ExitCode, text.Error, json.ExitCode, json.Error));
        JsonElement document = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal((0, JsonValueKind.Null), (Int(document, "errors"), document.GetProperty("reasons").ValueKind));
        Assert.StartsWith(FormattableString.Invariant($"built-in: {Int(document, "rows")} rows, 40 users, 100 items, 0 reasons: 0 errors, {Int(document, "warnings")} warnings"), text.Output);
        Assert.All(document.GetProperty("findings").EnumerateArray(), finding => Assert.Contains(
            FormattableString.Invariant($"{finding.GetProperty("weight").GetString(),-8} {finding.GetProperty("kind").GetString()}: {Int(finding, "count")} of {Int(finding, "total")} ("), text.Output));
    }

    [Fact]
    public async Task A_leak_is_told_first_and_fails_a_strict_audit_alone()
    {
        await PrepareAsync();
        Sealed.Change(Data, "built-in.inter", text =>
        {
            string[] lines = text.Split('\n');
            Assert.EndsWith("\ttrain", lines[1]);
            lines[1] = lines[1].Replace("\ttrain", "\ttest", StringComparison.Ordinal);
            lines[^2] = lines[^2].Replace("\ttest", "\ttrain", StringComparison.Ordinal);
            return string.Join('\n', lines);
        });

        Outcome lax = await Tool.RunAsync("data", "audit", Data);
        Outcome strict = await Tool.RunAsync("data", "audit", Data, "--strict", "--json");

        Assert.Equal((0, ""), (lax.ExitCode, lax.Error));
        Assert.StartsWith("error    ", lax.Output.Split('\n')[1]);
        Assert.Equal(1, strict.ExitCode);
        Assert.Matches("^error: built-in: .*time-leakage.*: the audit found what must not be; the findings above say what to do\\.\n$", strict.Error);
        JsonElement leak = JsonDocument.Parse(strict.Output).RootElement.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("kind").GetString() == "time-leakage");
        JsonElement example = leak.GetProperty("examples")[0];
        Assert.Equal(("built-in.inter", Int(example, "row") + 2), (example.GetProperty("file").GetString(), Int(example, "line")));
        Assert.Contains("(built-in.inter:2)", example.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("train", 0)]
    [InlineData("valid", 1)]
    [InlineData("test", 1)]
    public async Task Reasons_beside_the_dataset_or_named_are_looked_at(string split, int exitCode)
    {
        await PrepareAsync();
        string[] row = File.ReadLines(Path.Combine(Data, "built-in.inter")).First(line => line.EndsWith(split, StringComparison.Ordinal)).Split('\t');
        string line = JsonSerializer.Serialize(new
        {
            user = row[0],
            item = row[1],
            timestamp = long.Parse(row[4], System.Globalization.CultureInfo.InvariantCulture),
            answer = "Yes",
            reason = "Yes. It is good.",
            teacher = "me",
            how = "by hand",
            checks = Array.Empty<string>(),
        });
        File.WriteAllText(_folder.File("mine.jsonl"), line + "\n");

        Outcome named = await Tool.RunAsync("data", "audit", Data, "--strict", "--reasons", _folder.File("mine.jsonl"));
        File.Move(_folder.File("mine.jsonl"), Path.Combine(Data, "reasons.jsonl"));
        Outcome beside = await Tool.RunAsync("data", "audit", Data, "--strict");

        Assert.Equal((exitCode, exitCode), (named.ExitCode, beside.ExitCode));
        Assert.Equal(named.Output, beside.Output);
        Assert.Contains("1 reasons", named.Output);
        Assert.Equal(exitCode == 1, named.Output.Contains($"{split} row with a reason", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_that_cannot_be_audited_are_refused()
    {
        Refusal.AssertOneLine(await Tool.RunAsync("data", "audit", _folder.File("none")), 1, "dataset.json: there is no such file", "thinkrec data prepare");
        await PrepareAsync();
        Refusal.AssertOneLine(await Tool.RunAsync("data", "audit", Data, "--reasons", _folder.File("none")), 2, "none", "thinkrec data audit --help");
        File.WriteAllText(Path.Combine(Data, "reasons.jsonl"), "{}\n");
        Refusal.AssertOneLine(await Tool.RunAsync("data", "audit", Data), 1, "reasons.jsonl:1: ", "expected one JSON object");
    }

    [Fact]
    public async Task Movielens_1m_has_ties_cold_rows_and_remakes_and_nothing_worse()
    {
        Assert.SkipUnless(Repository.HasData("ml-1m/ratings.dat.gz"), "MovieLens-1M is not in the public data folder");
        await TrainedRun.DoneAsync("data", "prepare", "ml-1m", "--raw", Repository.Data("ml-1m"), "--out", Data);

        Outcome outcome = await Tool.RunAsync("data", "audit", Data, "--strict", "--json");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        var findings = JsonDocument.Parse(outcome.Output).RootElement.GetProperty("findings").EnumerateArray()
            .ToDictionary(finding => finding.GetProperty("kind").GetString()!, finding => Int(finding, "count"));
        Assert.Equal(Ml1m, findings);
    }

    private async Task PrepareAsync() => await TrainedRun.DoneAsync("data", "prepare", "built-in", "--users", "40", "--items", "100", "--out", Data);

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}

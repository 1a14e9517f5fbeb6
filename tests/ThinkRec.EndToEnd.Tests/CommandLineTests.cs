using System.Diagnostics;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("", "error: Required command was not provided.", "thinkrec --help")]
    [InlineData("metrcs", "error:", "'metrcs'")]
    [InlineData("metrics", "'--predictions' is required", "thinkrec metrics --help")]
    [InlineData("metrics --predictions no-such-file.csv", "no-such-file.csv", "thinkrec metrics --help")]
    [InlineData("metrics --predictions", "--predictions", "thinkrec metrics --help")]
    [InlineData("metrics --colour", "'--colour'", "thinkrec metrics --help")]
    public async Task A_wrong_call_ends_with_code_2_and_one_line(string call, string what, string where)
    {
        Outcome outcome = await Tool.RunAsync(call.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        string line = Assert.Single(outcome.Error.TrimEnd().Split('\n'));
        Assert.Contains(what, line);
        Assert.Contains(where, line);
    }

    [Theory]
    [InlineData("--help", "metrics")]
    [InlineData("metrics --help", "--predictions")]
    public async Task Help_goes_to_standard_output(string call, string what)
    {
        Outcome outcome = await Tool.RunAsync(call.Split(' '));

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains(what, outcome.Output);
        Assert.Contains("--json", outcome.Output);
    }

    [Fact]
    public async Task Version_is_one_line_that_begins_with_the_number()
    {
        Outcome outcome = await Tool.RunAsync("--version");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", outcome.Output);
    }

    [Fact]
    public async Task Metrics_as_json_are_one_document_with_the_values()
    {
        using var folder = new TemporaryFolder();

        Outcome outcome = await Tool.RunAsync("metrics", "--json", "--predictions", Predictions(folder), "--replicates", "50");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        JsonElement document = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.Equal(6, document.GetProperty("rows").GetInt32());
        // Per user 2 of 2 and 1 of 2 pairs are ranked right.
        Assert.Equal(ExpectedAuc(), Value(document, "AUC"), 12);
        Assert.Equal(0.75, Value(document, "UAUC"), 12);
    }

    [Fact]
    public async Task Metrics_for_people_are_a_table_of_the_same_values()
    {
        using var folder = new TemporaryFolder();

        Outcome outcome = await Tool.RunAsync("metrics", "--predictions", Predictions(folder), "--replicates", "50");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.StartsWith("6 rows, 3 positive; 2 users", outcome.Output);
        Assert.Matches(@"UAUC .*0\.7500", outcome.Output);
    }

    [Fact]
    public async Task Work_that_fails_ends_with_code_1_and_names_the_place()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bad.csv"), "user_id,label,score\n1,1,0.5\n1,7,0.5\n");

        Outcome outcome = await Tool.RunAsync("metrics", "--json", "--predictions", folder.File("bad.csv"));

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("bad.csv:3: column label: expected 0 or 1 but found '7'.", outcome.Error);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_value_out_of_range_is_a_wrong_call()
    {
        using var folder = new TemporaryFolder();

        Outcome outcome = await Tool.RunAsync("metrics", "--predictions", Predictions(folder), "--replicates", "0");

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("Replicates must be at least 1 but is 0", outcome.Error);
    }

    [Fact]
    public async Task The_stack_trace_shows_only_when_asked_for()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bad.csv"), "user_id\n");
        ProcessStartInfo start = Tool.Captured(
            Path.Combine(AppContext.BaseDirectory, "thinkrec"), "metrics", "--predictions", folder.File("bad.csv"));
        start.Environment["THINKREC_TRACE"] = "1";

        Outcome traced = await Tool.FinishAsync(Process.Start(start)!);
        Outcome plain = await Tool.RunAsync("metrics", "--predictions", folder.File("bad.csv"));

        Assert.Contains("   at ThinkRec.Metrics.", traced.Error);
        Assert.DoesNotContain("   at ", plain.Error);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_stops_the_work_with_code_130(string signal)
    {
        Assert.SkipWhen(signal == "INT" && InterruptIsIgnored(), "whoever started the tests ignores SIGINT, and children inherit that");
        using var folder = new TemporaryFolder();
        Process process = Tool.Start(
            "metrics", "--predictions", Predictions(folder), "--replicates", "200000000");
        await Task.Delay(1500, TestContext.Current.CancellationToken);

        using (Process kill = Process.Start("kill", ["-s", signal, $"{process.Id}"]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Outcome outcome = await Tool.FinishAsync(process);
        Assert.Equal((130, "", "error: interrupted.\n"), (outcome.ExitCode, outcome.Output, outcome.Error));
    }

    internal static bool InterruptIsIgnored()
    {
        const ulong Interrupt = 1UL << 1;
        string ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim();
        return (Convert.ToUInt64(ignored, 16) & Interrupt) != 0;
    }

    private static readonly (int User, int Label, double Score)[] Rows =
        [(1, 1, 0.9), (1, 1, 0.4), (1, 0, 0.3), (2, 1, 0.2), (2, 0, 0.1), (2, 0, 0.8)];

    private static string Predictions(TemporaryFolder folder)
    {
        var lines = Rows.Select(row => FormattableString.Invariant($"{row.User},{row.Label},{row.Score}"));
        File.WriteAllLines(folder.File("predictions.csv"), lines.Prepend("user_id,label,score"));
        return folder.File("predictions.csv");
    }

    private static double ExpectedAuc() => (
        from positive in Rows.Where(row => row.Label == 1)
        from negative in Rows.Where(row => row.Label == 0)
        select positive.Score > negative.Score ? 1.0 : 0.0).Average();

    private static double Value(JsonElement document, string metric) =>
        document.GetProperty("metrics").GetProperty(metric).GetProperty("value").GetDouble();
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

public sealed class DoctorTests
{
    [Fact]
    public async Task A_working_machine_is_ready_and_every_warning_has_advice()
    {
        Outcome outcome = await Tool.RunAsync("doctor", "--json");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        JsonElement document = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.True(document.GetProperty("ready").GetBoolean());
        Assert.All(
            document.GetProperty("findings").EnumerateArray(),
            finding => Assert.Equal(Text(finding, "level") == "ok", Text(finding, "advice") is null));
        Assert.InRange(Finding(document, "matrix product").GetProperty("facts").GetProperty("gflops").GetDouble(), 0.5, 1e5);
        Assert.True(File.Exists(Finding(document, "engine").GetProperty("facts").GetProperty("shimPath").GetString()));
    }

    [Fact]
    public async Task What_the_user_set_is_told_and_doubted()
    {
        Outcome outcome = await RunAsync(("OPENBLAS_CORETYPE", "PRESCOTT"), ("THINKREC_THREADS", $"{Environment.ProcessorCount + 1}"));

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("OPENBLAS_CORETYPE=PRESCOTT was set by you", outcome.Output);
        Assert.Matches(@"\nwarning +threads ", outcome.Output);
        Assert.Contains("unset THINKREC_THREADS", outcome.Output);
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("text")]
    [InlineData("another library")]
    public async Task A_shim_that_does_not_load_is_a_finding(string what)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("libtorchshim.so");
        if (what == "text")
        {
            File.WriteAllText(path, "no library");
        }
        else if (what == "another library")
        {
            File.Copy(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"), path);
        }

        Outcome outcome = await RunAsync(("THINKREC_SHIM", path));

        Assert.Equal(1, outcome.ExitCode);
        Assert.Matches(@"\nerror +engine ", outcome.Output);
        Assert.Contains($"Tried {path} (", outcome.Output);
        Assert.Contains($"THINKREC_SHIM is {path}: build the shim", outcome.Output);
        Assert.StartsWith("error: engine: thinkrec cannot work here", outcome.Error);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
    }

    private static Task<Outcome> RunAsync(params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = Tool.Captured(Path.Combine(AppContext.BaseDirectory, "thinkrec"), "doctor");
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Tool.FinishAsync(Process.Start(start)!);
    }

    private static JsonElement Finding(JsonElement document, string name) =>
        document.GetProperty("findings").EnumerateArray().Single(finding => Text(finding, "name") == name);

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}

using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>tools/gpu-check on the processor with tiny shapes: without Python, and with results of the other side made from ours.</summary>
public sealed class GpuCheckTests : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "ThinkRec.GpuCheck");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_Python_our_side_is_checked_and_the_rest_is_reported_as_not_run()
    {
        Outcome outcome = await ScriptAsync("--cpu", "--shape", "tiny", "--steps", "2", "--out", _folder.File("out"));

        Assert.True(outcome.ExitCode == 3, outcome.Error + outcome.Output);
        JsonElement report = JsonDocument.Parse(File.ReadAllText(_folder.File("out/report.json"))).RootElement;
        JsonElement[] checks = [.. report.GetProperty("checks").EnumerateArray()];
        Assert.Equal(0, report.GetProperty("failed").GetInt32());
        Assert.Equal(report.GetProperty("passed").GetInt32() + report.GetProperty("notRun").GetInt32(), checks.Length);
        string[] others = ["plain PyTorch", "transformers", "peft", "transformers and peft", "theirs"];
        JsonElement[] theirs = [.. checks.Where(c => others.Contains(c.GetProperty("against").GetString()))];
        Assert.NotEmpty(theirs);
        Assert.All(theirs, check => Assert.Equal("notRun", check.GetProperty("state").GetString()));
        Assert.All(theirs, check => Assert.Contains("there is no ", check.GetProperty("detail").GetString(), StringComparison.Ordinal));
        string[] families = ["llama", "mistral", "qwen2", "qwen3", "smollm3"];
        Assert.All(families, family => Assert.Equal(2, checks.Count(c =>
            c.GetProperty("name").GetString()!.StartsWith($"model/{family}/", StringComparison.Ordinal)
            && c.GetProperty("against").GetString() == "itself without a cache" && c.GetProperty("state").GetString() == "passed")));
        Assert.All(report.GetProperty("rows").EnumerateArray(), row => Assert.True(row.GetProperty("ours").GetDouble() > 0 && row.GetProperty("ourShare").GetDouble() > 0));
        Assert.Equal(outcome.Output, File.ReadAllText(_folder.File("out/report.md")));
    }

    [Fact]
    public async Task Without_a_GPU_nothing_counts_as_passed_that_would_have_run_there()
    {
        Outcome outcome = await ScriptAsync("--shape", "tiny", "--out", _folder.File("out"));

        Assert.SkipWhen(outcome.ExitCode == 3 && File.Exists(_folder.File("out/speed.ours.json")), "there is a GPU");
        Assert.Equal(3, outcome.ExitCode);
        string[] rows = [.. outcome.Output.Split('\n').Where(line => line.StartsWith("| families", StringComparison.Ordinal) || line.StartsWith("| adapters", StringComparison.Ordinal) || line.StartsWith("| speed", StringComparison.Ordinal))];
        Assert.True(rows.Length > 30, outcome.Output);
        Assert.All(rows, row => Assert.Contains("not run", row, StringComparison.Ordinal));
        Assert.Contains(rows, row => row.Contains("sees no GPU", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(1.01, 1)]
    public async Task One_logit_that_differs_from_the_other_side_s_fails_the_check_and_none_passes_it(double factor, int status)
    {
        string folder = _folder.File("out");
        await RunAsync(Program, "write", folder);
        foreach (string name in (string[])["peft-patterns", "peft-stabilized"])
        {
            Directory.CreateDirectory(Path.Combine(folder, "adapters", name));
            Array.ForEach(Directory.GetFiles(Path.Combine(folder, "adapters/plain")), file => File.Copy(file, Path.Combine(folder, "adapters", name, Path.GetFileName(file))));
        }

        await RunAsync(Program, "parity", folder, "cpu");
        await RunAsync(Program, "speed", folder, "cpu", "tiny", "2");
        MakeTheirs(folder, factor);

        Outcome outcome = await RunAsync(Program, "report", folder);

        string[] judged = [.. outcome.Output.Split('\n').Where(line => line.StartsWith("| families | model/qwen3/fp32 | transformers ", StringComparison.Ordinal))];
        Assert.Contains(status == 0 ? "| passed |" : "| **FAILED** |", Assert.Single(judged), StringComparison.Ordinal);
        Assert.Contains($"{status} failed, 0 not run", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(status, outcome.ExitCode);
    }

    [Theory]
    [InlineData("--shape", "70b", "expected 8b or tiny")]
    [InlineData("--steps", "0", "expected 1 to 9999")]
    [InlineData("--cpu", "--out", "--out needs a value")]
    [InlineData("--gpu", "1", "'--gpu' is not known")]
    [InlineData("--cpu", "--cpu", "takes hours on a processor")]
    public async Task A_wrong_call_is_refused_before_anything_is_done(string first, string second, string message)
    {
        Outcome outcome = await ScriptAsync(first, second);

        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public async Task A_folder_with_other_files_is_left_alone()
    {
        File.WriteAllText(_folder.File("precious.json"), "{}");

        Outcome outcome = await ScriptAsync("--cpu", "--shape", "tiny", "--out", _folder.FullPath);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("holds no earlier report", outcome.Error, StringComparison.Ordinal);
        Assert.Equal([_folder.File("precious.json")], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    /// <summary>Results as theirs.py writes them, made of ours; one logit of one model is multiplied.</summary>
    private static void MakeTheirs(string folder, double factor)
    {
        JsonObject ours = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "parity.ours.json")))!.AsObject();
        JsonObject logits = ours["logits"]!["ours"]!.DeepClone().AsObject();
        JsonNode unchanged = logits.DeepClone();
        JsonArray changed = logits["model/qwen3/fp32"]!.AsArray();
        int largest = Enumerable.Range(0, changed.Count).MaxBy(i => Math.Abs((double)changed[i]!));
        changed[largest] = (double)changed[largest]! * factor;
        var theirs = new JsonObject { ["logits"] = new JsonObject { ["plain PyTorch"] = unchanged, ["transformers"] = logits, ["peft"] = unchanged.DeepClone() } };
        File.WriteAllText(Path.Combine(folder, "parity.theirs.json"), theirs.ToJsonString());
        File.Copy(Path.Combine(folder, "speed.ours.json"), Path.Combine(folder, "speed.theirs.json"));
    }

    private Task<Outcome> ScriptAsync(params string[] arguments) => RunAsync(Path.Combine(Repository.Root, "tools/gpu-check/run.sh"), arguments);

    private Task<Outcome> RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = Tool.Captured(program, arguments);
        start.WorkingDirectory = _folder.FullPath;
        start.Environment["THINKREC_PYTHON"] = _folder.File("no-such-python");
        start.Environment["THINKREC_GPU_CHECK"] = Program;
        start.Environment["THINKREC_SHIM"] = Environment.GetEnvironmentVariable("THINKREC_SHIM") ?? Path.Combine(Repository.Root, "artifacts/native/libtorchshim.so");
        return Tool.FinishAsync(Process.Start(start)!);
    }
}

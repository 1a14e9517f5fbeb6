using System.Diagnostics;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Trainings in several processes on loopback.</summary>
[Collection(TrainedAlone.Name)]
public sealed class LaunchTests(TrainedAlone alone) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Run => _folder.File("run");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Several_processes_end_with_the_weights_and_decisions_of_one(int processes)
    {
        await TrainedRun.DoneAsync([.. Launch(processes), .. alone.Train(Run)]);

        alone.AssertSame(Run);
        (string, double)[] expected = Losses(alone.Run), actual = Losses(Run);
        Assert.Equal(expected.Select(e => e.Item1), actual.Select(a => a.Item1));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First.Item2, pair.Second.Item2, 1e-3));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(Run, "tensorboard"))); // only one process writes
        using var environment = JsonDocument.Parse(File.ReadAllText(Path.Combine(Run, "environment.json")));
        Assert.Equal(processes, environment.RootElement.GetProperty("processes").GetInt32());
    }

    [Theory]
    [InlineData("mf")]
    [InlineData("din")]
    [InlineData("sasrec-feedback")]
    public async Task An_encoder_of_two_processes_is_that_of_one(string method)
    {
        await TrainedRun.DoneAsync(alone.TrainEncoder(method, _folder.File("one")));
        await TrainedRun.DoneAsync([.. Launch(2), .. alone.TrainEncoder(method, Run)]);

        TrainedAlone.AssertSame(_folder.File("one"), Run);
    }

    [Fact]
    public async Task A_process_that_is_killed_ends_all_and_other_numbers_of_processes_go_on()
    {
        (Process process, int[] ranks) = await TrainedAlone.StartUntilAsync("thinking: step 20", [.. Launch(2), .. alone.Train(Run)]);
        Process.GetProcessById(ranks[1]).Kill();
        long killed = TimeProvider.System.GetTimestamp();

        Outcome outcome = await Tool.FinishAsync(process);

        Assert.True(TimeProvider.System.GetElapsedTime(killed) < TimeSpan.FromSeconds(30));
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        string checkpoint = Path.Combine(Run, "checkpoints", "thinking.safetensors");
        string last = outcome.Error.TrimEnd('\n').Split('\n')[^1];
        Assert.StartsWith($"error: rank 1 (process {ranks[1]}) was ended by signal 9 (SIGKILL). The other processes were stopped. The checkpoint {checkpoint} is usable", last);
        Assert.DoesNotContain(ranks, IsRunning);

        // Rank 0 kept it when it lost rank 1: the interval between checkpoints is an hour.
        Assert.True(File.Exists(checkpoint));
        await TrainedRun.DoneAsync([.. Launch(3), .. alone.Train(Run, "--resume", "--stage", "thinking")]);
        await TrainedRun.DoneAsync(alone.Train(Run, "--resume"));
        alone.AssertSame(Run);
    }

    [Fact]
    public async Task With_restarts_the_training_goes_on_by_itself_even_when_rank_0_is_killed()
    {
        string[] call = alone.Train(Run, "--set", "checkpointSeconds=1");
        (Process process, int[] ranks) = await TrainedAlone.StartUntilAsync("thinking: step 20", [.. Launch(2, "--restarts", "1"), .. call]);
        Process.GetProcessById(ranks[0]).Kill();

        Outcome outcome = await Tool.FinishAsync(process);

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains($"rank 0 (process {ranks[0]}) was ended by signal 9 (SIGKILL); all start again, restart 1 of 1", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("The run is in", outcome.Output, StringComparison.Ordinal);
        alone.AssertSame(Run);
    }

    [Fact]
    public async Task An_interrupt_stops_all_with_a_checkpoint()
    {
        Assert.SkipWhen(CommandLineTests.InterruptIsIgnored(), "whoever started the tests ignores SIGINT, and children inherit that");
        (Process process, int[] ranks) = await TrainedAlone.StartUntilAsync("thinking: step 20", [.. Launch(2), .. alone.Train(Run)]);
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);

        Outcome outcome = await Tool.FinishAsync(process);

        Assert.Equal((130, "error: interrupted."), (outcome.ExitCode, outcome.Error.TrimEnd('\n').Split('\n')[^1]));
        Assert.DoesNotContain(ranks, IsRunning);
        Assert.True(File.Exists(Path.Combine(Run, "checkpoints", "thinking.safetensors")));
    }

    [Fact]
    public async Task Processes_whose_launcher_is_killed_stop_with_a_checkpoint()
    {
        (Process process, int[] ranks) = await TrainedAlone.StartUntilAsync("thinking: step 20", [.. Launch(2), .. alone.Train(Run)]);
        process.Kill();
        process.Dispose();

        for (int i = 0; i < 300 && ranks.Any(IsRunning); i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.DoesNotContain(ranks, IsRunning);
        Assert.True(File.Exists(Path.Combine(Run, "checkpoints", "thinking.safetensors")));
    }

    [Fact]
    public async Task A_launch_with_json_writes_the_document_of_the_training()
    {
        string output = await TrainedRun.DoneAsync([.. Launch(2, "--json"), .. alone.Train(Run, "--stage", "encoder")]);

        using var document = JsonDocument.Parse(output);
        Assert.Equal("encoder", document.RootElement.GetProperty("stages")[0].GetProperty("stage").GetString());
    }

    [Theory]
    [InlineData("--processes 0 -- train mf", "--processes is 0, expected 1 to 1024")]
    [InlineData("--processes 2 --restarts -1 -- train mf", "--restarts is -1, expected 0 or more")]
    [InlineData("--processes 2 -- evaluate --run R", "launch runs 'train' or 'llm pretrain', and the call after -- begins with 'evaluate'")]
    [InlineData("--processes 2 -- train mf --data D", "Option '--out' is required.")]
    [InlineData("--processes 2 -- train mf --data /nowhere/data --out /nowhere/run --set folds=99", "folds is 99, expected 0 or 2 to 20")]
    public async Task A_wrong_call_is_told_once(string words, string expected)
    {
        Outcome outcome = await Tool.RunAsync(["launch", .. words.Split(' ')]);

        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        string[] errors = [.. outcome.Error.Split('\n').Where(line => line.StartsWith("error: ", StringComparison.Ordinal))];
        Assert.Contains(expected, Assert.Single(errors), StringComparison.Ordinal);
    }

    private static string[] Launch(int processes, params string[] more) => ["launch", "--processes", $"{processes}", .. more, "--"];

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Stage and step, and the loss there.</summary>
    private static (string, double)[] Losses(string run) => [.. File.ReadLines(Path.Combine(run, "metrics.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(line => line.GetProperty("kind").GetString() == "step")
        .Select(line => ($"{line.GetProperty("stage").GetString()} {line.GetProperty("step").GetInt32()}", line.GetProperty("loss").GetDouble()))];
}

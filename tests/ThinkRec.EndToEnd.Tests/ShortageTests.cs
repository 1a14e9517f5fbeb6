using System.Diagnostics;
using System.Globalization;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Trainings that run out of disk or memory: one line that says what was needed, nothing half-written, and a run that goes on.</summary>
[Collection(TrainedRun.Name)]
public sealed class ShortageTests(TrainedRun trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_full_disk_leaves_a_good_checkpoint_and_with_more_room_the_run_goes_on()
    {
        // A disk of its own, which nobody else sees and which is gone with the process.
        string disk = _folder.File("disk"), left = _folder.File("left");
        Directory.CreateDirectory(disk);
        Outcome allowed = await BashAsync($"unshare -m bash -c 'mount -t tmpfs -o size=1m tmpfs {disk}'");
        Assert.SkipUnless(allowed.ExitCode == 0, "mounting a small disk is not allowed here: " + allowed.Error.Trim());
        string train = Words([.. trained.Train(disk + "/run"), "--set", "checkpointSeconds=0", "--stage", "llm"]);

        Outcome outcome = await BashAsync($$"""
            unshare -m bash -c '
                mount -t tmpfs -o size=700k tmpfs {{disk}}
                {{train}} 2> {{_folder.File("error")}}; echo $?
                cp -r {{disk}}/run {{left}}
                mount -o remount,size=20m {{disk}}
                {{train}} --resume > /dev/null 2>&1; echo $?
                cp -r {{disk}}/run {{_folder.File("whole")}}'
            """);

        Assert.Equal("1\n0\n", outcome.Output);
        string line = File.ReadLines(_folder.File("error")).Last();
        Assert.Matches("^error: Stage language: .*/run/checkpoints/language[.]safetensors was not written: the disk is full; it needs 51[0-9] KiB, and [0-9]+ KiB are free[.] Free some space, or write to another disk[.] Then go on with --resume", line);
        string[] checkpoints = [.. Directory.EnumerateFiles(left + "/checkpoints").Select(file => Path.GetFileName(file))];
        Assert.Equal(["language.before.safetensors"], checkpoints);
        AssertSame("encoder/encoder.safetensors", "llm-text/model.safetensors", "llm/model.safetensors");
        Assert.StartsWith(Killing.LogOf(_folder.File("whole")), Killing.LogOf(trained.Run));
    }

    [Fact]
    public async Task A_limit_of_file_sizes_is_reported_like_a_full_disk()
    {
        string[] train = [.. trained.Train(_folder.File("whole")), "--set", "checkpointSeconds=0", "--stage", "llm"];

        // Without the switch, .NET itself does not start under such a limit.
        Outcome outcome = await BashAsync($"export DOTNET_EnableWriteXorExecute=0; ulimit -f 100; exec {Words(train)}");

        Assert.True(outcome.ExitCode == 1, outcome.Error);
        Assert.Contains("error: Stage language: ", outcome.Error);
        Assert.Contains("language.safetensors was not written: it needs 51", outcome.Error);
        Assert.Contains("files may not be so large there. Raise the limit (ulimit -f), or write to another disk. Then go on with --resume", outcome.Error);
        Assert.Empty(Directory.EnumerateFiles(_folder.FullPath, "*.tmp", SearchOption.AllDirectories));
        await TrainedRun.DoneAsync([.. train, "--resume"]);
        AssertSame("llm/model.safetensors");
    }

    [Fact]
    public async Task Memory_that_runs_out_is_named_with_stage_step_and_rows_and_the_run_goes_on()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/prlimit") && File.Exists("/proc/self/status"), "this system has no prlimit or no /proc");
        string run = _folder.File("whole"), log = Path.Combine(run, "metrics.jsonl");
        string[] train = [.. trained.Train(run), "--set", "thinking.optimization.batchSize=512", "--set", "thinking.optimization.stepsPerEpoch=1", "--stage", "thinking"];

        Process process = Tool.Start(train);
        while (!process.HasExited && !(File.Exists(log) && File.ReadAllText(log).Contains("\"stage\":\"behaviour\"", StringComparison.Ordinal)))
        {
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }

        // What it has, and 64 MiB more: enough to go on as it did, too little for a step of 512 rows.
        string size = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmSize:", StringComparison.Ordinal));
        long bytes = (long.Parse(size.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10) + (64 << 20);
        await BashAsync($"prlimit --as={bytes} --pid {process.Id}");
        Outcome outcome = await Tool.FinishAsync(process);

        Assert.True(outcome.ExitCode == 1, outcome.Error);
        string line = outcome.Error.TrimEnd('\n').Split('\n')[^1];
        Assert.Matches("^error: Stage thinking, step 0 [(]rows of user u[0-9]+ on item m[0-9]+, .*[)]: .*there is not enough main memory for [0-9.]+ MiB more[.] Lower the batch size", line);
        Assert.Contains("--resume", line);
        AssertSame("llm/model.safetensors");
        await TrainedRun.DoneAsync([.. train, "--resume"]);
        Assert.True(File.Exists(Path.Combine(run, "adapters/global/adapter_model.safetensors")));
    }

    private void AssertSame(params string[] files) =>
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(trained.Run, file)), File.ReadAllBytes(Path.Combine(_folder.File("whole"), file))));

    private static string Words(string[] arguments) => string.Join(' ', arguments.Prepend(Path.Combine(AppContext.BaseDirectory, "thinkrec")));

    private static Task<Outcome> BashAsync(string script) => Tool.FinishAsync(Process.Start(Tool.Captured("bash", "-c", script))!);
}

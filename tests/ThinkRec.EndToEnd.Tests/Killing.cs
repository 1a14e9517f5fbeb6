using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Kills trainings with SIGKILL, again and again, and compares what they come to with one that was never stopped.</summary>
internal sealed partial class Killing
{
    private readonly string[] _train;
    private readonly string _run;
    private readonly Random _random = new(17);

    /// <summary>Prepares a run that writes a checkpoint after every step.</summary>
    /// <param name="train">The words that train it, with its folder.</param>
    /// <param name="run">Its folder.</param>
    internal Killing(string[] train, string run) => (_train, _run) = ([.. train, "--set", "checkpointSeconds=0"], run);

    /// <summary>Stages in which the process was killed while they were trained.</summary>
    internal List<string> Stages { get; } = [];

    /// <summary>Kills that left a half-written checkpoint behind.</summary>
    internal int HalfWritten { get; private set; }

    /// <summary>Trains until a stage has a second checkpoint, and a moment longer.</summary>
    internal Task BetweenCheckpointsAsync(string stage)
    {
        TimeSpan longer = TimeSpan.FromMilliseconds(_random.Next(15));
        return KillAsync(stage, _ => File.Exists(CheckpointOf(stage + ".before")), longer);
    }

    /// <summary>Trains until a stage writes a checkpoint.</summary>
    internal Task WhileWritingAsync(string stage) => KillAsync(stage, process => File.Exists($"{CheckpointOf(stage)}.{process}.tmp"), TimeSpan.Zero);

    /// <summary>Trains to the end.</summary>
    internal Task FinishAsync() => TrainedRun.DoneAsync([.. _train, "--resume"]);

    /// <summary>The log of a run without times and memory.</summary>
    internal static string LogOf(string run) => Times().Replace(File.ReadAllText(Path.Combine(run, "metrics.jsonl")), "");

    private string CheckpointOf(string stage) => Path.Combine(_run, "checkpoints", stage + ".safetensors");

    private async Task KillAsync(string stage, Func<int, bool> isTime, TimeSpan longer)
    {
        string result = Path.Combine(_run, "stages", stage + ".json");
        Process process = Tool.Start([.. _train, "--resume"]);
        while (!process.HasExited && !isTime(process.Id) && !File.Exists(result))
        {
            Thread.Sleep(1);
        }

        await Task.Delay(longer, TestContext.Current.CancellationToken);
        int id = process.Id;
        process.Kill();
        Outcome outcome = await Tool.FinishAsync(process);
        Assert.True(outcome.ExitCode == 137, outcome.Error);
        if (!File.Exists(result))
        {
            Stages.Add(stage);
        }

        HalfWritten += Directory.EnumerateFiles(Path.Combine(_run, "checkpoints"), $"*.{id}.tmp").Count();
    }

    [GeneratedRegex(@",""(stepsPerSecond|tokensPerSecond|memoryMiB)"":[^,}]*")]
    private static partial Regex Times();
}

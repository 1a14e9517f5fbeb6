using System.Diagnostics;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>What a process left behind.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error);

/// <summary>Runs the built command line, and other programs, as a user would.</summary>
internal static class Tool
{
    private static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "thinkrec");

    /// <summary>Runs thinkrec with these words.</summary>
    public static Task<Outcome> RunAsync(params string[] arguments) => FinishAsync(Start(arguments));

    /// <summary>Starts thinkrec with these words.</summary>
    public static Process Start(params string[] arguments) => Process.Start(Captured(Executable, arguments))!;

    /// <summary>A start of a program whose output is kept.</summary>
    public static ProcessStartInfo Captured(string program, params string[] arguments) => new(program, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        RedirectStandardInput = true,
    };

    /// <summary>Waits for the end of a process that was started with its output kept.</summary>
    public static async Task<Outcome> FinishAsync(Process process)
    {
        using (process)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new Outcome(process.ExitCode, await output, await error);
        }
    }
}

namespace ThinkRec.Cli.Launching;

/// <summary>The bond between a launched process and its launcher: a pipe on standard input that ends when the processes shall stop, or when the launcher is gone.</summary>
internal static class Launcher
{
    /// <summary>Set in the processes that <c>thinkrec launch</c> starts.</summary>
    internal const string Variable = "THINKREC_LAUNCHED";

    /// <summary>In a launched process, cancels once the launcher closes standard input; elsewhere does nothing.</summary>
    /// <param name="cancellation">Stops the work.</param>
    internal static void StopWithIt(CancellationTokenSource cancellation)
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            return;
        }

        var watch = new Thread(() =>
        {
            using Stream input = Console.OpenStandardInput();
            while (input.ReadByte() >= 0)
            {
            }

            try
            {
                cancellation.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The work has ended by itself.
            }
        })
        { IsBackground = true };
        watch.Start();
    }
}

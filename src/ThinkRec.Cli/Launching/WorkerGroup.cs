using System.Net;
using System.Net.Sockets;
using ThinkRec.Cli.CommandLine;

namespace ThinkRec.Cli.Launching;

/// <summary>A process of the group went wrong, and the others were ended.</summary>
/// <param name="message">Which, how it ended, and what can be gone on from.</param>
internal sealed class LaunchException(string message) : Exception(message);

/// <summary>The processes of one machine that train together: all end well, or all end.</summary>
/// <param name="size">How many.</param>
/// <param name="report">Gets the progress of rank 0.</param>
internal sealed class WorkerGroup(int size, IConsoleReport report)
{
    /// <summary>Time that the others have to keep a checkpoint once one has ended.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    // Those who lose a process end at almost the same time as it.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(500);
    private readonly List<string> _output = [];

    /// <summary>What rank 0 wrote on standard output.</summary>
    internal IReadOnlyList<string> Output => _output;

    /// <summary>Runs thinkrec in all processes and waits for all.</summary>
    /// <param name="words">The words after the tool's name.</param>
    /// <param name="cancellation">Asks all to stop after the step in progress.</param>
    /// <returns>The process that went wrong first, disposed; null when all ended well.</returns>
    internal async Task<Worker?> RunAsync(IReadOnlyList<string> words, CancellationToken cancellation)
    {
        _output.Clear();
        int port = FreePort();
        var workers = new List<Worker>();
        try
        {
            for (int rank = 0; rank < size; rank++)
            {
                bool isFirst = rank == 0;
                workers.Add(Worker.Start(rank, size, port, words, line => Take(isFirst, line), line => Tell(isFirst, line)));
            }

            Tell(true, $"{size} processes: {string.Join(", ", workers.Select(w => $"rank {w.Rank} is process {w.Id}"))}");
            return await WatchAsync(workers, cancellation);
        }
        finally
        {
            workers.ForEach(worker => worker.Kill());
            workers.ForEach(worker => worker.Dispose());
        }
    }

    private static async Task<Worker?> WatchAsync(List<Worker> workers, CancellationToken cancellation)
    {
        using CancellationTokenRegistration stop = cancellation.Register(() => workers.ForEach(worker => worker.AskToStop()));
        var running = workers.ToList();
        while (running.Count > 0)
        {
            await Task.WhenAny(running.Select(worker => worker.Ended));
            Worker[] ended = [.. running.Where(worker => worker.Ended.IsCompleted)];
            running.RemoveAll(worker => ended.Contains(worker));
            if (ended.All(worker => worker.ExitCode == ExitCode.Done))
            {
                continue;
            }

            var all = Task.WhenAll(workers.Select(worker => worker.Ended));
            await Task.WhenAny(all, Task.Delay(Gathering, CancellationToken.None));
            Worker[] wrong = [.. workers.Where(worker => worker.Ended.IsCompleted && worker.ExitCode != ExitCode.Done)];
            Worker first = wrong.FirstOrDefault(worker => worker.IsCulprit) ?? wrong[0];
            workers.ForEach(worker => worker.AskToStop());
            if (!cancellation.IsCancellationRequested)
            {
                await Task.WhenAny(all, Task.Delay(Grace, CancellationToken.None));
                workers.ForEach(worker => worker.Kill());
            }

            await all;
            return first;
        }

        return null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Take(bool isFirst, string line)
    {
        if (isFirst)
        {
            _output.Add(line);
        }
    }

    private void Tell(bool isFirst, string line)
    {
        if (isFirst)
        {
            lock (_output)
            {
                report.Progress(line);
            }
        }
    }
}

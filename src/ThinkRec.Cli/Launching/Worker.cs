using System.Diagnostics;
using System.Globalization;

namespace ThinkRec.Cli.Launching;

/// <summary>One of the processes that train together.</summary>
internal sealed class Worker : IDisposable
{
    private const string ErrorPrefix = "error: ";
    private const int SignalBase = 128; // a process that a signal ended has 128 and the signal's number as its exit code

    private static readonly Dictionary<int, string> SignalNames = new() { [6] = "SIGABRT", [9] = "SIGKILL", [11] = "SIGSEGV", [15] = "SIGTERM" };
    private readonly Process _process;
    private string _lastWords = "";

    private Worker(int rank, Process process) => (Rank, _process, Id) = (rank, process, process.Id);

    /// <summary>Number of the process in its group.</summary>
    internal int Rank { get; }

    /// <summary>Number of the process on this machine.</summary>
    internal int Id { get; }

    /// <summary>Ends with the process and its output.</summary>
    internal Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>How it ended, once it has.</summary>
    internal int ExitCode { get; private set; }

    /// <summary>The error that it told; else the last that it wrote on standard error, where that was not shown.</summary>
    internal string LastWords => _lastWords.StartsWith(ErrorPrefix, StringComparison.Ordinal) ? _lastWords[ErrorPrefix.Length..] : _lastWords;

    /// <summary>Whether it went wrong by itself, and not because another was lost.</summary>
    internal bool IsCulprit => ExitCode > SignalBase && ExitCode != CommandLine.ExitCode.Interrupted
        || (ExitCode != CommandLine.ExitCode.Interrupted && !LastWords.Contains("another process was lost", StringComparison.Ordinal));

    /// <summary>Starts thinkrec as one of several processes.</summary>
    /// <param name="rank">Its number.</param>
    /// <param name="size">How many there are.</param>
    /// <param name="port">Where rank 0 waits for the others.</param>
    /// <param name="words">The words after the tool's name.</param>
    /// <param name="output">Takes each line of standard output.</param>
    /// <param name="progress">Takes each line of standard error that is no error.</param>
    internal static Worker Start(int rank, int size, int port, IEnumerable<string> words, Action<string> output, Action<string> progress)
    {
        // A development build may run as `dotnet thinkrec.dll`.
        string self = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(self) == "dotnet";
        var start = new ProcessStartInfo(self, isHost ? [typeof(Worker).Assembly.Location, .. words] : words)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string threads = Math.Max(1, Environment.ProcessorCount / size).ToString(CultureInfo.InvariantCulture);
        start.Environment["RANK"] = start.Environment["LOCAL_RANK"] = rank.ToString(CultureInfo.InvariantCulture);
        start.Environment["WORLD_SIZE"] = start.Environment["LOCAL_WORLD_SIZE"] = size.ToString(CultureInfo.InvariantCulture);
        start.Environment["MASTER_ADDR"] = "127.0.0.1";
        start.Environment["MASTER_PORT"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment[Launcher.Variable] = "1";
        start.Environment.TryAdd("OMP_NUM_THREADS", threads);
        var worker = new Worker(rank, Process.Start(start)!);
        worker.Ended = worker.FollowAsync(output, progress);
        return worker;
    }

    /// <summary>Asks it to stop after the step in progress, with a checkpoint.</summary>
    internal void AskToStop()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has just ended.
        }
    }

    internal void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    /// <summary>How it ended, in words.</summary>
    internal string Describe()
    {
        int signal = ExitCode - SignalBase;
        string how = signal is > 0 and < 65 && ExitCode != CommandLine.ExitCode.Interrupted
            ? $"was ended by signal {signal}{(SignalNames.TryGetValue(signal, out string? name) ? $" ({name})" : "")}"
            : $"ended with exit code {ExitCode}";
        return $"rank {Rank} (process {Id}) {how}" + (LastWords.Length > 0 ? $", its last words: {LastWords.TrimEnd('.')}" : "");
    }

    public void Dispose() => _process.Dispose();

    private async Task FollowAsync(Action<string> output, Action<string> progress)
    {
        await Task.WhenAll(ReadAsync(_process.StandardOutput, output), ReadAsync(_process.StandardError, Hear), _process.WaitForExitAsync());
        ExitCode = _process.ExitCode;

        void Hear(string line)
        {
            bool isError = line.StartsWith(ErrorPrefix, StringComparison.Ordinal);
            if (!isError)
            {
                progress(line);
            }

            // Rank 0's other lines have just been shown.
            if (isError || (Rank > 0 && !_lastWords.StartsWith(ErrorPrefix, StringComparison.Ordinal)))
            {
                _lastWords = line;
            }
        }
    }

    private static async Task ReadAsync(StreamReader reader, Action<string> take)
    {
        while (await reader.ReadLineAsync() is string line)
        {
            take(line);
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace ThinkRec.Torch.Tests;

/// <summary>Several ranks on loopback, each on a thread of this process.</summary>
internal static class Ranks
{
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal static ProcessGroupOptions Options(int rank, int size, int port) => new()
    {
        Rank = rank,
        Size = size,
        Address = "127.0.0.1",
        Port = port,
        ConnectTimeout = TimeSpan.FromSeconds(20),
        Timeout = TimeSpan.FromSeconds(20),
    };

    /// <summary>Runs a piece of work in every rank, and throws what the first rank that went wrong threw.</summary>
    internal static void Run(int size, Action<ProcessGroup> work)
    {
        int port = FreePort();
        var problems = new Exception?[size];
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() => problems[rank] = Record.Exception(() =>
        {
            using ProcessGroup group = ProcessGroup.Connect(Options(rank, size, port));
            using var scope = TensorScope.Begin();
            work(group);
        })))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        if (problems.FirstOrDefault(problem => problem is not null) is Exception first)
        {
            throw new InvalidOperationException($"A rank went wrong: {first}", first);
        }
    }
}

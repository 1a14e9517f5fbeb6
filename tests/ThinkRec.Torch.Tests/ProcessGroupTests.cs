using System.Net;
using System.Net.Sockets;
using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

/// <summary>The collective operations; that they hold between processes is shown by the end-to-end tests of launch.</summary>
public sealed class ProcessGroupTests : TensorTest
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_sum_is_the_same_everywhere(int size) => Ranks.Run(size, group =>
    {
        Tensor floats = Tensor.From([1f, group.Rank, -0.5f], 3);
        Tensor counts = Tensor.From([10L + group.Rank], 1);

        PendingReduction first = group.AllReduceAsync(floats), second = group.AllReduceAsync(counts);
        second.Wait();
        first.Wait();

        int sum = size * (size - 1) / 2;
        Assert.Equal([size, sum, -0.5f * size], floats.ToArray<float>());
        Assert.Equal([(10L * size) + sum], counts.ToArray<long>());
    });

    [Fact]
    public void A_broadcast_gives_all_the_tensor_of_one() => Ranks.Run(3, group =>
    {
        Tensor weights = Tensor.From([group.Rank, 7f], 2);
        Tensor bytes = Tensor.From<byte>([(byte)group.Rank], DType.UInt8, 1);

        group.Broadcast(weights, root: 2);
        group.Broadcast(bytes);

        Assert.Equal([2f, 7], weights.ToArray<float>());
        Assert.Equal([0], bytes.ToArray<byte>());
    });

    [Fact]
    public void A_gather_gives_all_the_tensors_of_all_by_rank() => Ranks.Run(3, group =>
    {
        Tensor all = group.AllGather(Tensor.From([group.Rank, 1f], 1, 2));

        Assert.Equal([3, 1, 2], all.Shape.ToArray());
        Assert.Equal([0f, 1, 1, 1, 2, 1], all.ToArray<float>());
    });

    [Fact]
    public void A_barrier_waits_for_the_last()
    {
        int arrived = 0;
        Ranks.Run(2, group =>
        {
            Thread.Sleep(group.Rank * 200);
            Interlocked.Increment(ref arrived);
            group.Barrier();
            Assert.Equal(2, arrived);
        });
    }

    [Fact]
    public void A_process_that_leaves_is_noticed_by_the_others()
    {
        int port = Ranks.FreePort();
        var leaver = new Thread(() => ProcessGroup.Connect(Ranks.Options(1, 2, port)).Dispose());
        leaver.Start();
        using ProcessGroup group = ProcessGroup.Connect(Ranks.Options(0, 2, port));
        leaver.Join();
        using var scope = TensorScope.Begin();

        var problem = Assert.Throws<ProcessGroupException>(() => group.AllReduce(Tensor.From([1f], 1)));

        Assert.StartsWith($"Rank 0 of 2 (rank 0 at 127.0.0.1:{port}): all-reduce of Float32[1] cpu: another process was lost", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_in_use_is_named()
    {
        using var holder = new TcpListener(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
        holder.Start();
        int port = ((IPEndPoint)holder.LocalEndpoint).Port;

        var problem = Assert.Throws<ProcessGroupException>(() => ProcessGroup.Connect(Ranks.Options(0, 2, port)));

        Assert.Equal($"Rank 0 of 2: port {port} is in use by another program. Set MASTER_PORT to a free one, the same for all ranks.", problem.Message);
    }

    [Fact]
    public void A_rank_that_is_there_twice_is_named()
    {
        int port = Ranks.FreePort();
        Exception?[] problems = new Exception?[3];
        Thread[] threads = [.. new[] { 0, 1, 1 }.Select((rank, i) => new Thread(() => problems[i] = Record.Exception(
            () => ProcessGroup.Connect(Ranks.Options(rank, 3, port) with { ConnectTimeout = TimeSpan.FromSeconds(2) }))))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Contains(problems, problem => problem!.Message.Contains("rank 1 is there twice. Give each process a RANK of its own", StringComparison.Ordinal));
        Assert.Contains("rank 2 is missing", problems[0]!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "rank 1 is missing 1 s after this one came to 127.0.0.1:")]
    [InlineData(1, "rank 0 did not answer at 127.0.0.1:")]
    public void A_rank_that_nobody_joins_says_so_in_time(int rank, string expected)
    {
        long began = TimeProvider.System.GetTimestamp();

        var problem = Assert.Throws<ProcessGroupException>(
            () => ProcessGroup.Connect(Ranks.Options(rank, 2, Ranks.FreePort()) with { ConnectTimeout = TimeSpan.FromSeconds(1) }));

        Assert.Contains($"Rank {rank} of 2: {expected}", problem.Message, StringComparison.Ordinal);
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(15));
    }
}

using System.Net;
using System.Net.Sockets;
using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

/// <summary>
/// This process's place among several that compute together, over libtorch's c10d: Gloo for main memory, NCCL for GPUs. All processes make the same
/// calls in the same order, from one thread at a time; a call waits until the others have made theirs.
/// </summary>
/// <remarks>A process that ends, even by SIGKILL, closes its connections, and the others' calls fail at once; a machine that vanishes is noticed after <see cref="ProcessGroupOptions.Timeout"/>.</remarks>
public sealed class ProcessGroup : IDisposable
{
    private readonly ProcessGroupOptions _options;

    private ProcessGroup(ProcessGroupOptions options, GroupHandle handle) => (_options, Handle) = (options, handle);

    /// <summary>What the shim can use: <c>gloo</c>, <c>nccl</c>; none when it was built without process groups.</summary>
    public static IReadOnlyList<string> Backends
    {
        get
        {
            Engine.EnsureLoaded();
            return Native.Text(Native.trs_group_backends()).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    /// <summary>Number of this process, from 0.</summary>
    public int Rank => _options.Rank;

    /// <summary>How many processes there are.</summary>
    public int Size => _options.Size;

    internal GroupHandle Handle { get; }

    /// <summary>Meets the others; returns when all have come.</summary>
    /// <param name="options">Ranks and addresses; the same for all but the rank.</param>
    /// <returns>The group, owned by the caller.</returns>
    /// <exception cref="ProcessGroupException">The shim has no process groups, the port is taken, or the others did not come in time.</exception>
    public static ProcessGroup Connect(ProcessGroupOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (Backends.Count == 0)
        {
            throw new ProcessGroupException("The shim was built without process groups, because Gloo's headers or libtorch's c10d were not there. "
                + "Install libgloo-dev and delete artifacts/native/libtorchshim.so, so that it is built again, or train with one process.");
        }

        int status = Native.trs_group_store(options.Address, options.Port, options.Rank, options.Size, (long)options.ConnectTimeout.TotalMilliseconds, out IntPtr store);
        if (status != 0)
        {
            throw new ProcessGroupException(NotMet(options, Native.LastError()));
        }

        var group = new ProcessGroup(options, new GroupHandle(store));
        group.Check(
            Native.trs_group_connect(group.Handle, Network(options), options.Rank, (long)options.Timeout.TotalMilliseconds, options.UsesGpu ? 1 : 0),
            "connect with the other processes", "Set GLOO_SOCKET_IFNAME to the network interface on which the machines reach each other.");
        return group;
    }

    /// <summary>Adds up a tensor over all processes; each ends with the sum, the same bits everywhere.</summary>
    /// <param name="tensor">Contiguous, the same shape and type everywhere; Float32, Float64, Int32, Int64 or UInt8. Borrowed, changed in place.</param>
    public void AllReduce(Tensor tensor) => AllReduceAsync(tensor).Wait();

    /// <summary>Begins to add up a tensor over all processes.</summary>
    /// <param name="tensor">As for <see cref="AllReduce"/>. Must stay as it is until the reduction is waited for.</param>
    /// <returns>The reduction under way.</returns>
    public PendingReduction AllReduceAsync(Tensor tensor)
    {
        Check(Native.trs_group_all_reduce(Handle, tensor.Handle, out IntPtr work), $"all-reduce of {tensor}");
        return new PendingReduction(this, new WorkHandle(work), $"all-reduce of {tensor}");
    }

    /// <summary>Copies a tensor of one process to all.</summary>
    /// <param name="tensor">Contiguous, the same shape and type everywhere. Borrowed, changed in place.</param>
    /// <param name="root">Whose.</param>
    public void Broadcast(Tensor tensor, int root = 0) => Check(Native.trs_group_broadcast(Handle, tensor.Handle, root), $"broadcast of {tensor} from rank {root}");

    /// <summary>Gives every process the tensors of all.</summary>
    /// <param name="tensor">The same shape and type everywhere. Borrowed.</param>
    /// <returns>[size, ..], by rank, in the current scope.</returns>
    public Tensor AllGather(Tensor tensor)
    {
        Check(Native.trs_group_all_gather(Handle, tensor.Handle, out IntPtr gathered), $"all-gather of {tensor}");
        return Tensor.Adopt(gathered);
    }

    /// <summary>Waits until every process has come here.</summary>
    public void Barrier() => Check(Native.trs_group_barrier(Handle), "barrier");

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    internal void Check(int status, string action, string remedy = "")
    {
        if (status != 0)
        {
            Handle.IsBroken = true;
            throw new ProcessGroupException($"Rank {Rank} of {Size} (rank 0 at {_options.Address}:{_options.Port}): {action}: another process was lost, or did not answer ({Native.LastError()}). {remedy}".TrimEnd());
        }
    }

    private static string NotMet(ProcessGroupOptions o, string reason)
    {
        string who = $"Rank {o.Rank} of {o.Size}";
        string where = $"{o.Address}:{o.Port}";
        if (reason.Contains("is there twice", StringComparison.Ordinal))
        {
            return $"{who}: {reason}. Give each process a RANK of its own, and each training a MASTER_PORT of its own.";
        }

        if (reason.Contains("is missing", StringComparison.Ordinal))
        {
            return $"{who}: {reason} {o.ConnectTimeout.TotalSeconds} s after this one came to {where}. See that all {o.Size} ranks run, with the same MASTER_ADDR and MASTER_PORT.";
        }

        if (o.Rank > 0)
        {
            return $"{who}: rank 0 did not answer at {where} within {o.ConnectTimeout.TotalSeconds} s ({reason}). "
                + "See that it runs, that MASTER_ADDR and MASTER_PORT are its machine and port, and that no firewall lies between.";
        }

        return reason.Contains("in use", StringComparison.OrdinalIgnoreCase)
            ? $"{who}: port {o.Port} is in use by another program. Set MASTER_PORT to a free one, the same for all ranks."
            : $"{who}: could not wait for the others at {where} ({reason}). Set MASTER_ADDR to a name or address of this machine, and MASTER_PORT to a free port.";
    }

    /// <remarks>The interface that leads to rank 0 is the one on which machines reach each other; a machine's own name often resolves to loopback.</remarks>
    private static string Network(ProcessGroupOptions options)
    {
        if (options.Interface is string name)
        {
            return $"interface {name}";
        }

        try
        {
            using var probe = new UdpClient(options.Address, options.Port); // chooses a route, sends nothing
            return $"host {((IPEndPoint)probe.Client.LocalEndPoint!).Address}";
        }
        catch (SocketException)
        {
            return "";
        }
    }
}

/// <summary>A sum under way.</summary>
public sealed class PendingReduction
{
    private readonly ProcessGroup _group;
    private readonly WorkHandle _work;
    private readonly string _action;

    internal PendingReduction(ProcessGroup group, WorkHandle work, string action) => (_group, _work, _action) = (group, work, action);

    /// <summary>Waits until the tensor holds the sum.</summary>
    /// <exception cref="ProcessGroupException">Another process was lost.</exception>
    public void Wait()
    {
        using (_work)
        {
            _group.Check(Native.trs_work_wait(_work), _action);
        }
    }
}

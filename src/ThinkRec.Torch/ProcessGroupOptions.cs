namespace ThinkRec.Torch;

/// <summary>Where and how the processes of a group meet.</summary>
public sealed record ProcessGroupOptions
{
    /// <summary>Number of this process, from 0; rank 0 is the one that the others look for.</summary>
    public required int Rank { get; init; }

    /// <summary>How many processes there are.</summary>
    public required int Size { get; init; }

    /// <summary>Host name or address of rank 0's machine.</summary>
    public required string Address { get; init; }

    /// <summary>A free TCP port there.</summary>
    public required int Port { get; init; }

    /// <summary>How long to wait for the others to come.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long one collective may take: must exceed what one process may do while the others wait for it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Name of the network interface on which the others reach this process; null for the one that leads to <see cref="Address"/>.</summary>
    public string? Interface { get; init; }

    /// <summary>Whether tensors on a GPU shall go through NCCL, where this libtorch has it.</summary>
    public bool UsesGpu { get; init; }
}

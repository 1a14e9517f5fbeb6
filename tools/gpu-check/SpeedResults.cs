namespace ThinkRec.GpuCheck;

/// <summary>What one side measured.</summary>
internal sealed record SpeedResults
{
    /// <summary>Versions by name of what computed.</summary>
    public SortedDictionary<string, string> Versions { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Name of the shape.</summary>
    public string Shape { get; init; } = "";

    /// <summary>What the model was given.</summary>
    public Workload? Workload { get; init; }

    /// <summary>Medians: tokens per second of <c>prefill</c>, <c>generation</c> and <c>training</c>; FLOP per second of <c>gemm</c>.</summary>
    public SortedDictionary<string, double> Numbers { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Of our side: floating-point operations per token that each of these needs.</summary>
    public SortedDictionary<string, double> Flops { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Loss of each training step, all on one batch.</summary>
    public List<double> Losses { get; init; } = [];

    /// <summary>Largest resident size of the process, in bytes.</summary>
    public long PeakHostBytes { get; init; }

    /// <summary>Why something was not measured.</summary>
    public SortedDictionary<string, string> NotRun { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Errors by what was measured.</summary>
    public SortedDictionary<string, string> Failed { get; init; } = new(StringComparer.Ordinal);
}

namespace ThinkRec.Metrics;

/// <summary>A metric with its interval.</summary>
/// <param name="Name">Short name, such as <c>NDCG@5</c>.</param>
/// <param name="Definition">One sentence that says what is averaged over what.</param>
/// <param name="Value">The metric on all rows.</param>
/// <param name="Low">Lower end of the bootstrap interval.</param>
/// <param name="High">Upper end of the bootstrap interval.</param>
public sealed record MetricValue(string Name, string Definition, double Value, double Low, double High)
{
    /// <summary>Replicates left out of the interval because the metric was undefined on them.</summary>
    public int UndefinedReplicates { get; init; }
}

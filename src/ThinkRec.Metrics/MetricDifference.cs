namespace ThinkRec.Metrics;

/// <summary>How much a metric differs between two sets of scores of the same rows.</summary>
/// <param name="Name">Short name of the metric.</param>
/// <param name="Definition">One sentence that says what is averaged over what.</param>
/// <param name="ValueA">The metric of the first scores.</param>
/// <param name="ValueB">The metric of the second scores.</param>
/// <param name="Difference">ValueA − ValueB.</param>
/// <param name="Low">Lower end of the interval of the difference.</param>
/// <param name="High">Upper end of the interval of the difference.</param>
/// <param name="PValue">Two-sided p-value of no difference, in (0, 1].</param>
public sealed record MetricDifference(
    string Name,
    string Definition,
    double ValueA,
    double ValueB,
    double Difference,
    double Low,
    double High,
    double PValue)
{
    /// <summary>Replicates left out because the metric was undefined on them.</summary>
    public int UndefinedReplicates { get; init; }
}

namespace ThinkRec.Data.Audit;

/// <summary>What one check of an audit found.</summary>
/// <param name="Kind">Name of the check, such as <c>time-leakage</c>.</param>
/// <param name="Weight">How bad it is.</param>
/// <param name="Count">Rows, users, items or reasons concerned; 1 or more.</param>
/// <param name="Total">Out of so many that were looked at.</param>
/// <param name="What">What was found, as a sentence.</param>
/// <param name="Advice">What to do about it, as a sentence.</param>
/// <param name="Examples">The first places, five at most.</param>
public sealed record AuditFinding(
    string Kind, FindingWeight Weight, int Count, int Total, string What, string Advice, IReadOnlyList<AuditExample> Examples)
{
    /// <summary>The share concerned, in (0, 1].</summary>
    public double Share => (double)Count / Total;
}

namespace ThinkRec.Teaching;

/// <summary>What the checks of a file of reasons found.</summary>
/// <param name="Lines">Lines of the file.</param>
/// <param name="Findings">Every problem, in the order of the lines.</param>
/// <param name="Clean">The reasons without one, in order, with the names of all checks.</param>
public sealed record ReasonAuditReport(int Lines, IReadOnlyList<ReasonFinding> Findings, IReadOnlyList<ReasonRow> Clean);

namespace ThinkRec.Teaching;

/// <summary>The reasons kept, and how many were asked for.</summary>
/// <param name="Reasons">The reasons in the dataset's row order.</param>
/// <param name="Asked">Rows on which the teacher voted.</param>
/// <param name="WrongVotes">Rows left out because the blind vote missed the label.</param>
/// <param name="FailedChecks">Rows left out because a check of the reason found a problem.</param>
public sealed record ReasonSynthesisResult(IReadOnlyList<ReasonRow> Reasons, int Asked, int WrongVotes, int FailedChecks);

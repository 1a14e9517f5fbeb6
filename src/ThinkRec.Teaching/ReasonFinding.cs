namespace ThinkRec.Teaching;

/// <summary>One problem of one reason.</summary>
/// <param name="Line">Line number from 1.</param>
/// <param name="Check">The check that found it; one of <see cref="ReasonAudit.Checks"/>.</param>
/// <param name="Problem">One sentence.</param>
public sealed record ReasonFinding(int Line, string Check, string Problem);

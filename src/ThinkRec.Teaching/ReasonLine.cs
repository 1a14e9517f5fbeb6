namespace ThinkRec.Teaching;

/// <summary>A line of reasons.jsonl.</summary>
/// <param name="Line">Line number from 1.</param>
/// <param name="Reason">The reason; null where the line is damaged.</param>
/// <param name="Problem">What is wrong with the line; null where it has a reason.</param>
public sealed record ReasonLine(int Line, ReasonRow? Reason, string? Problem);

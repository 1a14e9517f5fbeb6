namespace ThinkRec.Metrics;

/// <summary>One candidate of one user, with what happened and what the model said.</summary>
/// <param name="UserId">The user; not empty.</param>
/// <param name="ItemId">The item; empty when the predictions do not name it.</param>
/// <param name="Label">Whether the user liked the item.</param>
/// <param name="Score">Any finite number; higher ranks first. It need not be a probability.</param>
public readonly record struct ScoredRow(string UserId, string ItemId, bool Label, double Score);

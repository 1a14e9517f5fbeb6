namespace ThinkRec.Teaching;

/// <summary>What a teacher says about one candidate.</summary>
/// <param name="IsYes">Whether the teacher expects a like.</param>
/// <param name="Score">Log odds of a like as the teacher sees them; above 0 is Yes.</param>
/// <param name="Reason">The text; it starts with <c>Yes.</c> or <c>No.</c></param>
public sealed record TeacherAnswer(bool IsYes, double Score, string Reason);

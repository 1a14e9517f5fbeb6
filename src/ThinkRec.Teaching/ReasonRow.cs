namespace ThinkRec.Teaching;

/// <summary>A reason for one interaction: a line of reasons.jsonl.</summary>
/// <param name="User">The user's id as the source spells it.</param>
/// <param name="Item">The item's id as the source spells it.</param>
/// <param name="Timestamp">The interaction's time, in seconds since 1970-01-01 UTC.</param>
/// <param name="Answer"><c>Yes</c> or <c>No</c>.</param>
/// <param name="Reason">The text; it starts with the answer and a full stop.</param>
/// <param name="Teacher">Who wrote it.</param>
/// <param name="How">How it was obtained, such as <c>blind</c>: the teacher answered without knowing the label.</param>
/// <param name="Checks">Names of the checks it passed.</param>
public sealed record ReasonRow(
    string User, string Item, long Timestamp, string Answer, string Reason, string Teacher, string How, IReadOnlyList<string> Checks)
{
    /// <summary>What the reason took to get; null where nothing was paid.</summary>
    public ReasonCost? Cost { get; init; }
}

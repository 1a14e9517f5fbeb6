namespace ThinkRec.Teaching.Endpoint;

/// <summary>What came of a row.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Reason">The reason with its answer; null unless it is kept.</param>
/// <param name="How"><c>blind</c> or <c>hinted</c>; empty unless it is kept.</param>
internal sealed record RowOutcome(RowEnd End, string? Reason, string How);

/// <summary>How a row ended.</summary>
internal enum RowEnd
{
    /// <summary>With a reason.</summary>
    Kept,

    /// <summary>The vote misses the label.</summary>
    WrongVote,

    /// <summary>No answer says Yes or No.</summary>
    NoVote,

    /// <summary>The vote is right, and nothing stands after it.</summary>
    NoReason,

    /// <summary>The endpoint refuses the question.</summary>
    Refused,

    /// <summary>The endpoint gave no answer in all repetitions.</summary>
    Open,

    /// <summary>A limit of cost or requests was reached before all its questions were asked.</summary>
    Unfinished,
}

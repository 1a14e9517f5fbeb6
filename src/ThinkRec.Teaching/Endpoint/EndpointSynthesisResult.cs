namespace ThinkRec.Teaching.Endpoint;

/// <summary>The reasons kept, and what was asked for them.</summary>
public sealed record EndpointSynthesisResult
{
    /// <summary>The reasons in the dataset's row order.</summary>
    public required IReadOnlyList<ReasonRow> Reasons { get; init; }

    /// <summary>Rows that were asked about, in this run or an earlier one.</summary>
    public required int Asked { get; init; }

    /// <summary>Rows left out because the vote misses the label.</summary>
    public required int WrongVotes { get; init; }

    /// <summary>Rows left out because no answer says Yes or No.</summary>
    public int WithoutVote { get; init; }

    /// <summary>Rows left out because nothing stands after a right vote.</summary>
    public int WithoutReason { get; init; }

    /// <summary>Rows left out because the endpoint refuses the question.</summary>
    public int Refused { get; init; }

    /// <summary>The limit of cost or requests that ended the asking; null where none did.</summary>
    public string? Limit { get; init; }

    /// <summary>Reasons that needed a hint.</summary>
    public int Hinted { get; init; }

    /// <summary>Reasons in which a check found a problem. An endpoint's are kept, marked by the checks they passed; the local teacher's are left out.</summary>
    public required int FailedChecks { get; init; }

    /// <summary>Answers that were in the journal before.</summary>
    public int AnswersFound { get; init; }

    /// <summary>What all rows took together, those left out included.</summary>
    public ReasonCost Cost { get; init; } = ReasonCost.None;
}

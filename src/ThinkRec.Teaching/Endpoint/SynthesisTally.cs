namespace ThinkRec.Teaching.Endpoint;

/// <summary>Counts what came of the rows.</summary>
internal sealed class SynthesisTally(int answersFound)
{
    private readonly SortedDictionary<int, ReasonRow> _reasons = [];
    private readonly int[] _ends = new int[Enum.GetValues<RowEnd>().Length];
    private int _withProblems;
    private int _hinted;
    private ReasonCost _cost = ReasonCost.None;

    /// <summary>Rows with a reason.</summary>
    public int Kept => _reasons.Count;

    /// <summary>Rows that are finished.</summary>
    public int Asked => _ends.Sum() - _ends[(int)RowEnd.Unfinished];

    /// <summary>The limit that ends the asking; null while there is none.</summary>
    public string? Limit { get; private set; }

    /// <summary>Rows that the endpoint did not answer.</summary>
    public int Open => _ends[(int)RowEnd.Open];

    /// <summary>Rows that the endpoint refused.</summary>
    public int Refused => _ends[(int)RowEnd.Refused];

    /// <summary>Rows without an answer since the last one with an answer.</summary>
    public int FailuresInARow { get; private set; }

    /// <summary>Why the last such row has none.</summary>
    public EndpointException? LastFailure { get; private set; }

    /// <summary>Counts a row.</summary>
    /// <param name="finished">The row.</param>
    public void Add(FinishedRow finished)
    {
        _ends[(int)finished.End]++;
        _cost = _cost.Plus(finished.Cost);
        if (finished.End == RowEnd.Unfinished)
        {
            Limit ??= finished.Failure!.Message;
            return;
        }

        FailuresInARow = finished.Failure is null ? 0 : FailuresInARow + 1;
        LastFailure = finished.Failure ?? LastFailure;
        if (finished.Reason is { } reason)
        {
            _reasons[finished.Row] = reason;
            _withProblems += finished.Problems > 0 ? 1 : 0;
            _hinted += reason.How == "hinted" ? 1 : 0;
        }
    }

    /// <summary>The counts so far.</summary>
    public EndpointSynthesisResult Result() => new()
    {
        Reasons = [.. _reasons.Values],
        Asked = Asked,
        WrongVotes = _ends[(int)RowEnd.WrongVote],
        WithoutVote = _ends[(int)RowEnd.NoVote],
        WithoutReason = _ends[(int)RowEnd.NoReason],
        Refused = Refused,
        Limit = Limit,
        Hinted = _hinted,
        FailedChecks = _withProblems,
        AnswersFound = answersFound,
        Cost = _cost,
    };
}

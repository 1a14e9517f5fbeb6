namespace ThinkRec.Teaching;

/// <summary>How many reasons are written, and from which rows.</summary>
public sealed record ReasonSynthesisOptions
{
    /// <summary>Reasons wanted.</summary>
    public required int Count { get; init; }

    /// <summary>The seed of the order in which rows are asked.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Which rows are asked about.</summary>
    public RowChoice Rows { get; init; } = RowChoice.Uniform;

    /// <summary>The rows to choose from, in pools that are asked about in turn, so that each has as many until one runs out; null for all training rows.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Pools { get; init; }

    /// <summary>Rows with a shorter history are not asked.</summary>
    public int MinHistory { get; init; } = 3;

    /// <summary>How many of the last interactions the teacher sees.</summary>
    public int HistoryLength { get; init; } = 10;
}

namespace ThinkRec.Teaching;

/// <summary>What a file of reasons is held to.</summary>
public sealed record ReasonAuditOptions
{
    /// <summary>How many of the last interactions may be cited.</summary>
    public int HistoryLength { get; init; } = 10;

    /// <summary>Fewest words after the answer.</summary>
    public int MinWords { get; init; } = 5;

    /// <summary>Most words after the answer.</summary>
    public int MaxWords { get; init; } = 300;
}

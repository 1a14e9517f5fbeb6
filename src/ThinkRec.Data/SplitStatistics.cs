namespace ThinkRec.Data;

/// <summary>What one split holds.</summary>
/// <remarks>Quantiles are 0, .25, .5, .75 and 1 (nearest rank), and empty in an empty split.</remarks>
public sealed record SplitStatistics
{
    /// <summary>The split.</summary>
    public required Split Split { get; init; }

    /// <summary>Interactions.</summary>
    public required int Rows { get; init; }

    /// <summary>Different users.</summary>
    public required int Users { get; init; }

    /// <summary>Different items.</summary>
    public required int Items { get; init; }

    /// <summary>1 − different pairs of user and item / (users · items) of the split; null in an empty split.</summary>
    public required double? Sparsity { get; init; }

    /// <summary>Share of likes; null in an empty split.</summary>
    public required double? PositiveRate { get; init; }

    /// <summary>Users with likes and dislikes in the split: those whom UAUC counts.</summary>
    public required int UsersOfBothLabels { get; init; }

    /// <summary>Share of rows whose user and item both occur in train; null in an empty split.</summary>
    public required double? NotCold { get; init; }

    /// <summary>Share of rows whose user does not occur in train; null in an empty split.</summary>
    public required double? ColdUsers { get; init; }

    /// <summary>Share of rows whose item does not occur in train; null in an empty split.</summary>
    public required double? ColdItems { get; init; }

    /// <summary>Quantiles of the rows of a user.</summary>
    public required IReadOnlyList<int> RowsPerUser { get; init; }

    /// <summary>Quantiles of the dual history's length, over rows.</summary>
    public required IReadOnlyList<int> HistoryLengths { get; init; }

    /// <summary>Quantiles of the likes in the history, over rows.</summary>
    public required IReadOnlyList<int> LikedHistoryLengths { get; init; }

    /// <summary>Time of the first row, in seconds since 1970; null in an empty split.</summary>
    public required long? FirstTime { get; init; }

    /// <summary>Time of the last row, in seconds since 1970; null in an empty split.</summary>
    public required long? LastTime { get; init; }
}

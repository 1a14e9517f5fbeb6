namespace ThinkRec.Data;

/// <summary>Which earlier interactions a history shows.</summary>
public enum HistoryKind
{
    /// <summary>Likes and dislikes.</summary>
    Dual,

    /// <summary>Likes only.</summary>
    PositiveOnly,
}

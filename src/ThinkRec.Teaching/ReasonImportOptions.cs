using ThinkRec.Data.Preparation;

namespace ThinkRec.Teaching;

/// <summary>How explanations that others wrote are read.</summary>
public sealed record ReasonImportOptions
{
    /// <summary>Which field says what, in roles of <see cref="ColumnMap.ReasonRoles"/>.</summary>
    public ColumnMap Map { get; init; } = ColumnMap.Empty;

    /// <summary>Who wrote them.</summary>
    public string Teacher { get; init; } = "imported";

    /// <summary>So many records that belong to no row, or are damaged, are left out; one more is an error.</summary>
    public int MaxBad { get; init; }
}

/// <summary>What came of explanations.</summary>
/// <param name="Reasons">The reasons in the file's order.</param>
/// <param name="HeldOut">Explanations left out because they have no answer and are about a validation or test row.</param>
/// <param name="Malformed">Records left out because they are damaged or belong to no row.</param>
/// <param name="Summary">The first of those, with file and line; null when there are none.</param>
public sealed record ReasonImportResult(IReadOnlyList<ReasonRow> Reasons, int HeldOut, int Malformed, string? Summary);

namespace ThinkRec.Data.Audit;

/// <summary>Looks for what would make training on a dataset, or measuring on it, worth less than it seems.</summary>
public static class DatasetAudit
{
    /// <summary>Runs every check.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="reasonRows">Row numbers that a teacher gave reasons for; null when there are no reasons.</param>
    /// <returns>What was found: the heaviest first, and among equals that which concerns the largest share.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A row of a reason is not in the dataset.</exception>
    /// <remarks>Time and memory grow with rows, users, items and the length of their texts; no pair of items is compared.</remarks>
    public static IReadOnlyList<AuditFinding> Run(Dataset dataset, IReadOnlyList<int>? reasonRows = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        foreach (var row in reasonRows ?? [])
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row, nameof(reasonRows));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, dataset.Interactions.Length, nameof(reasonRows));
        }
        IEnumerable<AuditFinding> findings =
        [
            .. new RowAudit(dataset).Run(),
            .. new ReasonAudit(dataset, reasonRows ?? []).Run(),
            .. new ColdAudit(dataset).Run(),
            .. new TextAudit(dataset).Run(),
            .. new TitleAudit(dataset).Run(),
        ];
        return [.. findings.OrderByDescending(finding => finding.Weight).ThenByDescending(finding => finding.Share)];
    }
}

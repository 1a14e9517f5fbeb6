namespace ThinkRec.Data.Preparation;

/// <summary>What a prepared dataset is made of: name, window, filters, labels and splits.</summary>
public sealed record PreparationPlan
{
    /// <summary>As <see cref="DatasetCard.Name"/>.</summary>
    public required string Name { get; init; }

    /// <summary>As <see cref="DatasetCard.ItemNoun"/>.</summary>
    public string ItemNoun { get; init; } = "item";

    /// <summary>As <see cref="DatasetCard.ItemNounPlural"/>.</summary>
    public string ItemNounPlural { get; init; } = "items";

    /// <summary>As <see cref="DatasetCard.Source"/>.</summary>
    public required string Source { get; init; }

    /// <summary>As <see cref="DatasetCard.Created"/>.</summary>
    public required string Created { get; init; }

    /// <summary>Ratings from here on are likes. Null: every row comes with a label.</summary>
    public double? PositiveFrom { get; init; }

    /// <summary>Rows outside are dropped before anything is counted; null: all are kept.</summary>
    public TimeWindow? Window { get; init; }

    /// <summary>Whether rows before <see cref="Window"/>, of users and items that have a row inside it, are kept as <see cref="Dataset.EarlierRows"/>.</summary>
    public bool KeepEarlier { get; init; }

    /// <summary>Whether a row with user, item and time of an earlier one is left out.</summary>
    public bool DropRepeats { get; init; } = true;

    /// <summary>Whether rows of items that the source does not describe are kept, with the id as title.</summary>
    public bool KeepUndescribed { get; init; }

    /// <summary>Which users and items have too few rows; null: none.</summary>
    public KCore? KCore { get; init; }

    /// <summary>The splits.</summary>
    public SplitRule Split { get; init; } = new TemporalSplit(SplitShares.Default);

    /// <summary>The filters in words.</summary>
    internal string FilterWords => string.Join("; ", new[]
    {
        Window is { } window ? $"rows outside {window} are dropped" : Split is WindowSplit ? "rows outside the windows are dropped" : null,
        DropRepeats ? "rows that repeat user, item and time of another are left out" : null,
        KCore is { } core ? core.ToString() : "no frequency filter",
        $"split: {Split.Words}",
    }.Where(words => words is not null));
}

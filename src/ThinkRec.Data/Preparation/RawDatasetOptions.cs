namespace ThinkRec.Data.Preparation;

/// <summary>Where raw files are, and what to make of them. Null is what the source or its preset has by itself.</summary>
public sealed record RawDatasetOptions
{
    /// <summary>The folder of the raw files; for logs of your own also the log itself.</summary>
    public required string Raw { get; init; }

    /// <summary>The log inside the folder: for logs of your own, and RecBole's where there are several.</summary>
    public string? Log { get; init; }

    /// <summary>The file about items inside the folder, for logs of your own.</summary>
    public string? ItemFile { get; init; }

    /// <summary>What parts the fields of tables, for logs of your own; null follows from the files' names.</summary>
    public string? Delimiter { get; init; }

    /// <summary>Which field of the log says what.</summary>
    public ColumnMap Map { get; init; } = ColumnMap.Empty;

    /// <summary>Which field of the file about items says what.</summary>
    public ColumnMap ItemMap { get; init; } = ColumnMap.Empty;

    /// <summary>JSON lines with texts about the movies of MovieLens.</summary>
    public string? Texts { get; init; }

    /// <summary>Which category of Amazon's reviews.</summary>
    public string? Category { get; init; }

    /// <summary>Whose windows, threshold, filters and splits to take over; one of <see cref="AmazonPresets.Names"/>, or <c>paper</c> for Yelp.</summary>
    public string? Preset { get; init; }

    /// <summary>So many malformed lines are left out and noted; one more is an error.</summary>
    public int MaxBad { get; init; }

    /// <summary>Told how far the reading is; null for nobody.</summary>
    public ReadMeter? Meter { get; init; }

    /// <summary>As <see cref="MovieLensOptions.TestMonths"/>.</summary>
    public int TestMonths { get; init; }

    /// <summary>As <see cref="MovieLensOptions.DropEarlier"/>.</summary>
    public bool DropEarlier { get; init; }

    /// <summary>The splits, instead of a preset's windows and splits.</summary>
    public SplitRule? Split { get; init; }

    /// <summary>Users and items with fewer rows are left out; 0 for no filter.</summary>
    public int? MinRows { get; init; }

    /// <summary>Whether that is repeated until all that are left have so many.</summary>
    public bool IsKCoreIterative { get; init; }

    /// <summary>As <see cref="PreparationPlan.PositiveFrom"/>.</summary>
    public double? PositiveFrom { get; init; }

    /// <summary>Whether every row of a log of your own is a like, as in logs of purchases; ratings and labels are then not looked at.</summary>
    public bool AllLikes { get; init; }

    /// <summary>Whether the order of a log of your own stands in for times: a row's number, from 0, becomes its time.</summary>
    public bool FileOrder { get; init; }

    /// <summary>As <see cref="PreparationPlan.DropRepeats"/>.</summary>
    public bool? DropRepeats { get; init; }

    /// <summary>As <see cref="PreparationPlan.KeepUndescribed"/>.</summary>
    public bool KeepUndescribed { get; init; }

    /// <summary>As <see cref="DatasetCard.Name"/>.</summary>
    public string? Name { get; init; }

    /// <summary>What one item and several items are called.</summary>
    public (string One, string Several)? Noun { get; init; }
}

namespace ThinkRec.Data.Preparation;

/// <summary>Each split is a window of time; rows outside all of them are dropped.</summary>
/// <param name="Train">Training.</param>
/// <param name="Valid">Validation.</param>
/// <param name="Test">Test.</param>
public sealed record WindowSplit(TimeWindow Train, TimeWindow Valid, TimeWindow Test) : SplitRule
{
    /// <inheritdoc/>
    public override string Words => "by windows of time";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Windows => new Dictionary<string, string>
    {
        ["train"] = Train.ToString(),
        ["valid"] = Valid.ToString(),
        ["test"] = Test.ToString(),
    };

    /// <summary>The split of a moment.</summary>
    /// <param name="timestamp">Seconds since 1970-01-01 UTC.</param>
    /// <returns>The split, or None outside the windows.</returns>
    public Split Of(long timestamp) => Train.Contains(timestamp) ? Split.Train
        : Valid.Contains(timestamp) ? Split.Valid
        : Test.Contains(timestamp) ? Split.Test
        : Split.None;

    /// <inheritdoc/>
    public override void Assign(ReadOnlySpan<Interaction> rows, Span<Split> splits)
    {
        for (var row = 0; row < rows.Length; row++)
        {
            splits[row] = Of(rows[row].Timestamp);
        }
    }
}

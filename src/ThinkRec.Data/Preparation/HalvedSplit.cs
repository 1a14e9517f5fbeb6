namespace ThinkRec.Data.Preparation;

/// <summary>A window to train on; the rows of the window after it are halved by their number, the earlier half for validation.</summary>
/// <param name="Train">Training.</param>
/// <param name="Rest">Validation and test.</param>
/// <remarks>As the authors of ThinkRec split Amazon and Yelp. Rows of one moment may stand on both sides of the middle.</remarks>
public sealed record HalvedSplit(TimeWindow Train, TimeWindow Rest) : SplitRule
{
    /// <inheritdoc/>
    public override string Words => "training by a window of time, the rest halved in time order";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Windows => new Dictionary<string, string>
    {
        ["train"] = Train.ToString(),
        ["valid"] = $"the earlier half of the rows of {Rest}",
        ["test"] = $"the later half of the rows of {Rest}",
    };

    /// <inheritdoc/>
    public override void Assign(ReadOnlySpan<Interaction> rows, Span<Split> splits)
    {
        var numRest = 0;
        foreach (var row in rows)
        {
            numRest += Rest.Contains(row.Timestamp) ? 1 : 0;
        }
        var rest = 0;
        for (var row = 0; row < rows.Length; row++)
        {
            var isRest = Rest.Contains(rows[row].Timestamp);
            splits[row] = Train.Contains(rows[row].Timestamp) ? Split.Train
                : !isRest ? Split.None
                : rest < numRest / 2 ? Split.Valid
                : Split.Test;
            rest += isRest ? 1 : 0;
        }
    }
}

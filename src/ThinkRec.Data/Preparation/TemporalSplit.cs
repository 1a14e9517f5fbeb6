namespace ThinkRec.Data.Preparation;

/// <summary>All rows in time order, cut at two moments. Rows of one moment stay together, in the earlier split.</summary>
/// <param name="Shares">How many rows each split gets.</param>
public sealed record TemporalSplit(SplitShares Shares) : SplitRule
{
    /// <inheritdoc/>
    public override string Words => $"all rows in time order, {Shares}";

    /// <inheritdoc/>
    public override void Assign(ReadOnlySpan<Interaction> rows, Span<Split> splits)
    {
        var numTest = SplitShares.Count(Shares.Test, rows.Length);
        var valid = NextMoment(rows, rows.Length - numTest - SplitShares.Count(Shares.Valid, rows.Length));
        var test = Math.Max(valid, NextMoment(rows, rows.Length - numTest));
        for (var row = 0; row < splits.Length; row++)
        {
            splits[row] = row < valid ? Split.Train : row < test ? Split.Valid : Split.Test;
        }
    }

    private static int NextMoment(ReadOnlySpan<Interaction> rows, int row)
    {
        while (row > 0 && row < rows.Length && rows[row].Timestamp == rows[row - 1].Timestamp)
        {
            row++;
        }
        return row;
    }
}

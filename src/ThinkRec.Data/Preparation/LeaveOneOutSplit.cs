namespace ThinkRec.Data.Preparation;

/// <summary>The last row of each user is for the test, the one before for validation. Users with fewer than three rows are trained on only.</summary>
public sealed record LeaveOneOutSplit : SplitRule
{
    private const int FewestRows = 3;

    /// <inheritdoc/>
    public override string Words => "the last row of each user for the test, the one before for validation";

    /// <inheritdoc/>
    public override string Caution => "The splits overlap in time: each user's last rows are held out, so models learn from rows that are later than other users' validation and test rows.";

    /// <inheritdoc/>
    public override void Assign(ReadOnlySpan<Interaction> rows, Span<Split> splits)
    {
        var left = UserCounts.Of(rows);
        var all = (int[])left.Clone();
        for (var row = 0; row < rows.Length; row++)
        {
            var user = rows[row].User;
            splits[row] = (all[user] < FewestRows, left[user]--) switch
            {
                (false, 1) => Split.Test,
                (false, 2) => Split.Valid,
                _ => Split.Train,
            };
        }
    }
}

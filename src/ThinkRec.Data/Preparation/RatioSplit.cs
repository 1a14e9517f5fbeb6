namespace ThinkRec.Data.Preparation;

/// <summary>The rows of each user in time order, cut by shares; training keeps what does not divide.</summary>
/// <param name="Shares">How many of a user's rows each split gets.</param>
public sealed record RatioSplit(SplitShares Shares) : SplitRule
{
    /// <inheritdoc/>
    public override string Words => $"the rows of each user in time order, {Shares}";

    /// <inheritdoc/>
    public override string Caution => "The splits overlap in time: each user has a cut of his own, so models learn from rows that are later than other users' validation and test rows.";

    /// <inheritdoc/>
    public override void Assign(ReadOnlySpan<Interaction> rows, Span<Split> splits)
    {
        var left = UserCounts.Of(rows);
        var all = (int[])left.Clone();
        for (var row = 0; row < rows.Length; row++)
        {
            var user = rows[row].User;
            var numTest = SplitShares.Count(Shares.Test, all[user]);
            var numHeldOut = numTest + SplitShares.Count(Shares.Valid, all[user]);
            splits[row] = left[user] > numHeldOut ? Split.Train : left[user] > numTest ? Split.Valid : Split.Test;
            left[user]--;
        }
    }
}

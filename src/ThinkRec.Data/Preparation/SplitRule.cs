namespace ThinkRec.Data.Preparation;

/// <summary>Decides which split each row belongs to.</summary>
public abstract record SplitRule
{
    /// <summary>The rule in words, for the dataset's card.</summary>
    public abstract string Words { get; }

    /// <summary>What a user of such splits should know; null when nothing.</summary>
    public virtual string? Caution => null;

    /// <summary>The windows of the splits, where the rule has them; null where they follow from the rows.</summary>
    public virtual IReadOnlyDictionary<string, string>? Windows => null;

    /// <summary>Puts every row into a split.</summary>
    /// <param name="rows">All rows in time order, ties in the file's order.</param>
    /// <param name="splits">To fill, one for each row; a row of <see cref="Split.None"/> is dropped.</param>
    public abstract void Assign(ReadOnlySpan<Interaction> rows, Span<Split> splits);
}

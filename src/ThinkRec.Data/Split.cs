namespace ThinkRec.Data;

/// <summary>The part of a dataset that a row belongs to.</summary>
public enum Split
{
    /// <summary>Rows that models are fitted on.</summary>
    Train,

    /// <summary>Rows that choices are made on.</summary>
    Valid,

    /// <summary>Rows that results are reported on.</summary>
    Test,

    /// <summary>Outside every window. The readers drop such rows, or keep those before the first window as <see cref="Dataset.EarlierRows"/>.</summary>
    None,
}

namespace ThinkRec.Data.Preparation;

/// <summary>How many of the rows each split gets.</summary>
/// <param name="Train">Fraction in (0, 1].</param>
/// <param name="Valid">Fraction in [0, 1).</param>
/// <param name="Test">Fraction in [0, 1).</param>
public readonly record struct SplitShares(double Train, double Valid, double Test)
{
    private const double Rounding = 1e-9;   // 0.1 + 0.2 and such

    /// <summary>Eight, one and one tenth.</summary>
    public static SplitShares Default { get; } = new(0.8, 0.1, 0.1);

    /// <summary>Whether these are shares of one whole.</summary>
    public bool IsWhole => Train > 0 && Valid >= 0 && Test >= 0 && Math.Abs(Train + Valid + Test - 1) < 1e-6;

    /// <summary>The largest whole number of rows within a share.</summary>
    /// <param name="share">One of the three.</param>
    /// <param name="rows">All rows.</param>
    /// <returns>0 to rows.</returns>
    public static int Count(double share, int rows) => (int)Math.Min(rows, Math.Floor((share * rows) + Rounding));

    /// <summary>In hundredths.</summary>
    /// <returns>Such as <c>80/10/10 %</c>.</returns>
    public override string ToString() => FormattableString.Invariant($"{Train * 100:0.##}/{Valid * 100:0.##}/{Test * 100:0.##} %");
}

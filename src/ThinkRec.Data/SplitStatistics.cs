namespace ThinkRec.Data;

/// <summary>What one split holds.</summary>
/// <param name="Split">The split.</param>
/// <param name="Rows">Interactions.</param>
/// <param name="Users">Different users.</param>
/// <param name="Items">Different items.</param>
/// <param name="PositiveRate">Share of likes; null in an empty split.</param>
/// <param name="NotCold">Share of rows whose user and item both occur in train; null in an empty split.</param>
/// <param name="HistoryLengths">Quantiles 0, .25, .5, .75, 1 of the dual history's length (nearest rank); empty in an empty split.</param>
public sealed record SplitStatistics(
    Split Split, int Rows, int Users, int Items, double? PositiveRate, double? NotCold, IReadOnlyList<int> HistoryLengths);

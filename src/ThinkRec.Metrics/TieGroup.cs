namespace ThinkRec.Metrics;

/// <summary>Rows of one ranked list that have the same score.</summary>
/// <param name="Size">Number of rows, at least 1.</param>
/// <param name="Positives">How many of them have label 1.</param>
internal readonly record struct TieGroup(int Size, int Positives);

using ThinkRec.Data;

namespace ThinkRec.Training.Encoders;

/// <summary>Rows of one user, oldest first, and the places among them that are predicted; the last row is one of them.</summary>
/// <param name="Rows">Row numbers.</param>
/// <param name="Targets">Places.</param>
public readonly record struct HistoryWindow(int[] Rows, int[] Targets)
{
    /// <summary>Cuts every user's rows so that each row of the split is a target once.</summary>
    /// <remarks>Windows overlap by half, so that a target has at least half a window before it where its user has that much.</remarks>
    /// <param name="dataset">Rows; those of other splits count as history.</param>
    /// <param name="split">Whose rows are targets.</param>
    /// <param name="length">Most rows of a window, the last target included; 2 or more.</param>
    /// <param name="firstTarget">Rows before this number are history only.</param>
    /// <returns>Windows, user by user; none without a target.</returns>
    internal static HistoryWindow[] Cut(Dataset dataset, Split split, int length, int firstTarget = 0)
    {
        int stride = length / 2;
        var windows = new List<HistoryWindow>();
        foreach (IGrouping<int, int> user in Enumerable.Range(0, dataset.Interactions.Length).GroupBy(row => dataset.Interactions[row].User).OrderBy(g => g.Key))
        {
            int[] rows = [.. user];
            for (int start = 0; start == 0 || start + length - stride < rows.Length; start += stride)
            {
                int[] part = rows[start..Math.Min(rows.Length, start + length)];
                int first = start == 0 ? 0 : length - stride;
                int[] targets = [.. Enumerable.Range(first, part.Length - first).Where(t => part[t] >= firstTarget && dataset.Interactions[part[t]].Split == split)];
                if (targets.Length > 0)
                {
                    windows.Add(new HistoryWindow(part[..(targets[^1] + 1)], targets));
                }
            }
        }

        return [.. windows];
    }
}

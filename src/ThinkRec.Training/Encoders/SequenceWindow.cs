using ThinkRec.Data;

namespace ThinkRec.Training.Encoders;

/// <summary>Consecutive history items of one user, and the rows that are predicted after some of them.</summary>
/// <param name="History">Row numbers of what is read, oldest first; empty where nothing precedes the targets.</param>
/// <param name="Targets">Row numbers of what is predicted.</param>
/// <param name="Places">By target: which history item is the last one before it, from 0; 0 in an empty history.</param>
public readonly record struct SequenceWindow(int[] History, int[] Targets, int[] Places)
{
    /// <summary>Cuts every user's history so that each wanted row is a target once.</summary>
    /// <remarks>
    /// A user's first window holds as many items as fit; each further one ends <paramref name="step"/> items later and predicts what comes after those.
    /// Hence a target sees the whole of a short history, and at least length - step + 1 items of a long one. With step 1 it sees exactly what
    /// <see cref="Histories.Before"/> gives.
    /// </remarks>
    /// <param name="dataset">Rows.</param>
    /// <param name="kind">What is read.</param>
    /// <param name="length">Most items of a window.</param>
    /// <param name="step">Items by which windows move on, 1 to length.</param>
    /// <param name="isTarget">Which rows are predicted.</param>
    /// <returns>Windows, user by user; none without a target.</returns>
    internal static SequenceWindow[] Cut(Dataset dataset, HistoryKind kind, int length, int step, Func<Interaction, bool> isTarget)
    {
        var windows = new List<SequenceWindow>();
        foreach (IGrouping<int, int> user in Enumerable.Range(0, dataset.Interactions.Length).GroupBy(row => dataset.Interactions[row].User).OrderBy(g => g.Key))
        {
            int[] history = [.. user.Where(row => kind == HistoryKind.Dual || dataset.Interactions[row].Label)];
            int place = -1;
            var targets = new List<(int Row, int Place)>();
            foreach (int row in user)
            {
                if (isTarget(dataset.Interactions[row]))
                {
                    targets.Add((row, place));
                }

                place += place + 1 < history.Length && history[place + 1] == row ? 1 : 0;
            }

            windows.AddRange(targets.GroupBy(t => WindowOf(t.Place, length, step)).Select(group => Window(history, [.. group], End(group.Key, length, step), length)));
        }

        return [.. windows];
    }

    /// <summary>-1 before the first item, 0 for the first window's places, and so on.</summary>
    private static int WindowOf(int place, int length, int step) => place < 0 ? -1 : place < length ? 0 : 1 + ((place - length) / step);

    private static int End(int window, int length, int step) => window < 0 ? 0 : length + (window * step);

    private static SequenceWindow Window(int[] history, (int Row, int Place)[] targets, int end, int length)
    {
        int start = Math.Max(0, end - length);
        int last = Math.Min(end, targets[^1].Place + 1); // nothing is read after the last target
        return new SequenceWindow(history[start..last], [.. targets.Select(t => t.Row)], [.. targets.Select(t => Math.Max(0, t.Place - start))]);
    }
}

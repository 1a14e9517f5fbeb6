using ThinkRec.Data;

namespace ThinkRec.Teaching;

/// <summary>Asks the local teacher about training rows and keeps the reasons whose blind vote is right.</summary>
/// <remarks>
/// Differs from the reference (method §3): there the teacher is told the label when it errs and is asked again without limit; here a wrong vote drops the
/// row, so that no reason argues for an answer that its evidence does not carry.
/// </remarks>
public static class ReasonSynthesis
{
    /// <summary>Draws training rows in a random order until enough reasons are kept or the rows run out.</summary>
    /// <param name="dataset">The dataset; only its training rows are asked.</param>
    /// <param name="options">How many, and from which rows.</param>
    /// <returns>The reasons and the counts.</returns>
    public static ReasonSynthesisResult Run(Dataset dataset, ReasonSynthesisOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        var rows = RowsToAsk(dataset, options);
        var teacher = new LocalTeacher(dataset, options.HistoryLength);
        var checks = new ReasonChecks(dataset, options.HistoryLength);
        var kept = new SortedDictionary<int, ReasonRow>();
        var (asked, wrong, failed) = (0, 0, 0);
        for (; asked < rows.Length && kept.Count < options.Count; asked++)
        {
            var row = rows[asked];
            var answer = teacher.Answer(row);
            if (answer.IsYes != dataset.Interactions[row].Label)
            {
                wrong++;
                continue;
            }
            var verdict = checks.Check(row, answer.Reason);
            if (verdict.Problems.Count > 0)
            {
                failed++;
                continue;
            }
            kept[row] = RowOf(dataset, row, answer, verdict);
        }
        return new ReasonSynthesisResult([.. kept.Values], asked, wrong, failed);
    }

    /// <summary>The training rows that a teacher may be asked about.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="options">Which rows, and the seed of their order.</param>
    /// <returns>Row numbers in a random order, the pools in turn.</returns>
    public static int[] RowsToAsk(Dataset dataset, ReasonSynthesisOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MinHistory, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HistoryLength, 1);
        var histories = new Histories(dataset);
        bool IsLong(int row) => histories.Before(row, options.MinHistory, HistoryKind.Dual).Length == options.MinHistory;
        bool IsBalanced(int row)
        {
            var history = histories.Before(row, options.HistoryLength, HistoryKind.Dual);
            var likes = history.Count(earlier => dataset.Interactions[earlier].Label);
            return history.Length == options.HistoryLength && Math.Abs((2 * likes) - history.Length) <= history.Length % 2;
        }

        bool IsAskable(int row) => dataset.Interactions[row].Split == Split.Train && IsLong(row) && (options.Rows == RowChoice.Uniform || IsBalanced(row));
        var random = SeededRandom.Stream(options.Seed, "reasons");
        int[] Draw(IEnumerable<int> pool)
        {
            int[] rows = [.. pool.Where(IsAskable)];
            random.Shuffle(rows.AsSpan());
            return rows;
        }

        return InTurn([.. (options.Pools ?? [dataset.RowsOf(Split.Train)]).Select(Draw)]);
    }

    private static int[] InTurn(int[][] pools) =>
        [.. Enumerable.Range(0, pools.Select(pool => pool.Length).DefaultIfEmpty().Max()).SelectMany(turn => pools.Where(pool => turn < pool.Length).Select(pool => pool[turn])).Distinct()];

    private static ReasonRow RowOf(Dataset dataset, int row, TeacherAnswer answer, ReasonVerdict verdict)
    {
        var interaction = dataset.Interactions[row];
        return new ReasonRow(
            dataset.Users[interaction.User],
            dataset.Items[interaction.Item],
            interaction.Timestamp,
            answer.IsYes ? "Yes" : "No",
            answer.Reason,
            LocalTeacher.Name,
            "blind",
            verdict.Passed);
    }
}

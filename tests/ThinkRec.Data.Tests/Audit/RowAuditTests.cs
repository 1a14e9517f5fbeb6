using System.Diagnostics;
using ThinkRec.Data.Audit;
using static ThinkRec.Data.Split;

namespace ThinkRec.Data.Tests.Audit;

public sealed class RowAuditTests
{
    [Fact]
    public void A_clean_dataset_has_no_finding()
    {
        var dataset = Planted.Rows(new(1, 1, 5, true, 10, Train), new(2, 2, 1, false, 11, Train), new(1, 2, 5, true, 20, Valid), new(2, 1, 5, true, 30, Test));

        Assert.DoesNotContain(DatasetAudit.Run(dataset, [0, 1]), finding => finding.Kind != "reasons-of-measured-users");
    }

    [Fact]
    public void A_training_row_after_the_first_validation_row_leaks()
    {
        var dataset = Planted.Rows(
            new(1, 1, 5, true, 10, Train), new(2, 1, 5, true, 20, Valid), new(1, 2, 5, true, 20, Train), new(1, 3, 5, true, 25, Train), new(2, 2, 5, true, 30, Test));

        var finding = DatasetAudit.Run(dataset)[0];

        Assert.Equal(("time-leakage", FindingWeight.Error, 1, 5), (finding.Kind, finding.Weight, finding.Count, finding.Total));
        Assert.Equal(
            new AuditExample("tiny.inter", 5, 3, "u1", "i3", "train at 25, but valid begins at 20 (tiny.inter:3)"), Assert.Single(finding.Examples));
    }

    [Fact]
    public void A_held_out_row_in_the_history_of_a_training_row_is_named_with_its_line()
    {
        var dataset = Planted.Rows(new(1, 1, 5, true, 10, Train), new(1, 2, 5, true, 20, Test), new(1, 3, 5, true, 20, Train));

        var finding = DatasetAudit.Run(dataset)[0];

        Assert.Equal(("held-out-in-history", FindingWeight.Error, 1), (finding.Kind, finding.Weight, finding.Count));
        Assert.Equal("train, after test row tiny.inter:3", finding.Examples[0].Detail);
    }

    [Fact]
    public void A_target_in_its_history_is_an_error_where_it_is_measured_and_a_warning_where_it_is_learnt_from()
    {
        var dataset = Planted.Rows(
            new(1, 1, 5, true, 10, Train), new(1, 1, 1, false, 11, Train), new(2, 1, 5, true, 12, Train), new(1, 1, 5, true, 20, Valid), new(2, 1, 5, true, 30, Test));

        var findings = DatasetAudit.Run(dataset);

        Assert.Equal(
            [("target-in-history", FindingWeight.Error, 2, 2), ("target-in-training-history", FindingWeight.Warning, 1, 3)],
            findings.Select(finding => (finding.Kind, finding.Weight, finding.Count, finding.Total)));
        Assert.Equal("valid, label 1; 0 on tiny.inter:3", findings[0].Examples[0].Detail);
    }

    [Fact]
    public void Copies_and_contradictions_are_told_apart()
    {
        var dataset = Planted.Rows(
            new(1, 1, 5, true, 10, Train), new(1, 1, 5, true, 10, Train), new(2, 1, 5, true, 10, Train), new(2, 1, 1, false, 10, Train), new(2, 1, 1, false, 11, Train));

        var findings = DatasetAudit.Run(dataset);

        Assert.Equal((1, 1, 3, 2), (findings.CountOf("duplicates"), findings.CountOf("contradictions"), findings.CountOf("target-in-training-history"), findings.CountOf("time-ties")));
    }

    [Fact]
    public void Examples_end_at_five_and_the_worst_comes_first()
    {
        var dataset = Planted.Rows([.. Enumerable.Range(1, 9).Select(item => new Interaction(1, item, 5, true, 10, Train)), new(1, 1, 5, true, 20, Test)]);

        var findings = DatasetAudit.Run(dataset);

        Assert.Equal(["target-in-history", "time-ties"], findings.Select(finding => finding.Kind));
        Assert.Equal((8, 10, 5), (findings[1].Count, findings[1].Total, findings[1].Examples.Count));
    }

    [Fact]
    public void Counts_equal_a_brute_force_search_on_random_datasets()
    {
        for (var seed = 1; seed <= 150; seed++)
        {
            var dataset = Planted.RandomSplits(seed);
            var rows = dataset.Interactions;
            int Count(Func<int, int, bool> holds, Func<int, bool> wanted) =>
                Enumerable.Range(0, rows.Length).Count(row => wanted(row) && Enumerable.Range(0, rows.Length).Any(other => holds(row, other)));
            int Before(Func<int, int, bool> holds, Func<int, bool>? wanted = null) => Count((row, other) => other < row && rows[other].User == rows[row].User && holds(row, other), wanted ?? (_ => true));
            bool SameItem(int row, int other) => rows[row].Item == rows[other].Item;
            bool SameSecond(int row, int other) => rows[row].Timestamp == rows[other].Timestamp;
            int LastCopy(int row) => Enumerable.Range(0, row).Where(other => rows[other].User == rows[row].User && SameItem(row, other)).DefaultIfEmpty(-1).Max();

            var findings = DatasetAudit.Run(dataset);

            (string Kind, int Expected)[] expected =
            [
                ("time-leakage", Count((row, other) => rows[other].Split > rows[row].Split && rows[other].Timestamp < rows[row].Timestamp, _ => true)),
                ("held-out-in-history", Before((row, other) => rows[other].Split > rows[row].Split)),
                ("target-in-history", Before(SameItem, row => rows[row].Split != Train)),
                ("target-in-training-history", Before(SameItem, row => rows[row].Split == Train)),
                ("time-ties", Before(SameSecond)),
                ("duplicates", Enumerable.Range(0, rows.Length).Count(row => LastCopy(row) is >= 0 and var last && SameSecond(row, last) && rows[last].Label == rows[row].Label)),
                ("contradictions", Enumerable.Range(0, rows.Length).Count(row => LastCopy(row) is >= 0 and var last && SameSecond(row, last) && rows[last].Label != rows[row].Label)),
                ("cold-users", ColdRows(rows, row => row.User)),
                ("cold-items", ColdRows(rows, row => row.Item)),
            ];
            Assert.All(expected, check => Assert.True(check.Expected == findings.CountOf(check.Kind), $"seed {seed}: {check.Kind} is {findings.CountOf(check.Kind)}, not {check.Expected}"));
        }
    }

    [Fact]
    public void Time_grows_with_the_rows_even_when_all_are_of_one_user_item_and_title()
    {
        const int Size = 300_000;
        var texts = new ItemText[Size];
        Array.Fill(texts, new ItemText("The Same Title", "", []));
        var dataset = Planted.Items(texts, [.. Enumerable.Range(0, Size).Select(row => new Interaction(1, 1, 5, true, 7, row < Size / 2 ? Test : Train))]);

        var watch = Stopwatch.StartNew();
        var findings = DatasetAudit.Run(dataset);
        _ = DatasetStatistics.Describe(dataset);

        Assert.Equal((Size - 1, Size / 2), (findings.CountOf("near-duplicate-titles"), findings.CountOf("held-out-in-history")));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed}: all pairs of {Size} would take many minutes, one pass a second.");
    }

    private static int ColdRows(Interaction[] rows, Func<Interaction, int> idOf)
    {
        var warm = rows.Where(row => row.Split == Train).Select(idOf).ToHashSet();
        return rows.Count(row => row.Split != Train && !warm.Contains(idOf(row)));
    }
}

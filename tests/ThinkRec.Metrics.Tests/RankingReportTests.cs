using System.Diagnostics;

namespace ThinkRec.Metrics.Tests;

public sealed class RankingReportTests
{
    private static readonly BootstrapOptions Quick = new() { Replicates = 200 };

    [Fact]
    public void Report_holds_the_metrics_and_counts()
    {
        var rows = SeededRows.Make(1, users: 40, mostRows: 12, levels: 5);

        var report = RankingReport.Evaluate(rows, Quick, k: 3);

        Assert.Equal(["AUC", "UAUC", "NDCG@3", "MAP@3"], report.Metrics.Select(metric => metric.Name));
        Assert.Equal(
            [RankingMetrics.Auc(rows), RankingMetrics.Uauc(rows), RankingMetrics.NdcgAtK(rows, 3), RankingMetrics.MapAtK(rows, 3)],
            report.Metrics.Select(metric => metric.Value));
        var users = rows.GroupBy(row => row.UserId).ToArray();
        Assert.Equal(rows.Count, report.Rows);
        Assert.Equal(40, report.Users);
        Assert.Equal(rows.Count(row => row.Label), report.Positives);
        Assert.Equal(users.Count(user => user.Count() > 1), report.UsersWithTwoRows);
        Assert.Equal(users.Count(user => user.DistinctBy(row => row.Label).Count() == 2), report.UsersWithBothClasses);
        Assert.All(report.Metrics, metric => Assert.NotEmpty(metric.Definition));
    }

    [Fact]
    public void Intervals_contain_the_value_and_shrink_with_more_users()
    {
        var few = RankingReport.Evaluate(SeededRows.Make(2, users: 50, mostRows: 20, levels: 0), new());
        var many = RankingReport.Evaluate(SeededRows.Make(2, users: 800, mostRows: 20, levels: 0), new());

        Assert.All(few.Metrics.Concat(many.Metrics), metric => Assert.InRange(metric.Value, metric.Low, metric.High));
        Assert.All(
            few.Metrics.Zip(many.Metrics),
            pair => Assert.InRange((pair.First.High - pair.First.Low) / (pair.Second.High - pair.Second.Low), 2.5, 6.5));
    }

    [Fact]
    public void Intervals_cover_the_truth_about_as_often_as_they_say()
    {
        var truth = RankingReport.Evaluate(SeededRows.Make(999, users: 20000, mostRows: 12, levels: 0), new() { Replicates = 1 });
        var covered = new int[4];
        const int trials = 100;
        for (var trial = 0; trial < trials; trial++)
        {
            var sample = RankingReport.Evaluate(SeededRows.Make(trial, users: 80, mostRows: 12, levels: 0), Quick);
            for (var metric = 0; metric < covered.Length; metric++)
            {
                var interval = sample.Metrics[metric];
                covered[metric] += truth.Metrics[metric].Value >= interval.Low && truth.Metrics[metric].Value <= interval.High ? 1 : 0;
            }
        }

        Assert.All(covered, count => Assert.InRange(count, 86, 100));
    }

    [Fact]
    public void Weighted_metrics_equal_those_of_the_rows_repeated()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var rows = SeededRows.Make(seed, users: 7, mostRows: 8, levels: seed % 4);
            var table = new MetricTable(rows, 5);
            var random = new Random(seed);
            int[] weights = [.. table.Rankings.UserIds.Select(_ => random.Next(1, 4))];
            List<ScoredRow> repeated = [.. table.Rankings.UserIds.SelectMany((user, index) => Enumerable
                .Range(0, weights[index])
                .SelectMany(copy => rows.Where(row => row.UserId == user).Select(row => row with { UserId = $"{user}-{copy}" })))];

            var values = table.Compute(weights);

            Assert.Equal(BruteForce.Auc(repeated), values[0], 1e-12);
            Assert.Equal(BruteForce.Uauc(repeated), values[1], 1e-12);
            Assert.Equal(RankingMetrics.NdcgAtK(repeated, 5), values[2], 1e-12);
            Assert.Equal(RankingMetrics.MapAtK(repeated, 5), values[3], 1e-12);
        }
    }

    [Fact]
    public void Intervals_depend_on_the_seed_and_not_on_threads_or_row_order()
    {
        var rows = SeededRows.Make(5, users: 60, mostRows: 10, levels: 4);

        var first = RankingReport.Evaluate(rows, Quick).Metrics;

        Assert.Equal(first, RankingReport.Evaluate(rows, Quick with { Threads = 4 }).Metrics);
        Assert.Equal(first, RankingReport.Evaluate(SeededRows.Shuffled(rows, 1), Quick).Metrics);
        Assert.NotEqual(first, RankingReport.Evaluate(rows, Quick with { Seed = 7 }).Metrics);
    }

    [Fact]
    public void Replicates_in_which_a_metric_is_undefined_are_left_out_and_counted()
    {
        List<ScoredRow> rows = [.. SeededRows.OfUser("a", (1, 2), (0, 1)), .. SeededRows.OfUser("b", (1, 1))];

        var report = RankingReport.Evaluate(rows, new());

        // User b alone is drawn in a quarter of the replicates.
        Assert.All(report.Metrics, metric => Assert.InRange(metric.UndefinedReplicates, 200, 300));
        Assert.All(report.Metrics, metric => Assert.True(double.IsFinite(metric.Low) && double.IsFinite(metric.High)));
    }

    [Fact]
    public void A_metric_undefined_in_every_replicate_is_an_error()
    {
        List<ScoredRow> rows = [.. SeededRows.OfUser("a", (1, 2), (0, 1)), .. SeededRows.OfUser("b", (1, 1))];

        var errors = Enumerable.Range(0, 40).Select(seed => Record.Exception(
            () => RankingReport.Evaluate(rows, new() { Replicates = 1, Seed = seed })));

        var error = Assert.IsType<MetricsException>(errors.First(exception => exception is not null));
        Assert.Contains("AUC was undefined in every bootstrap replicate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_wrong_options_are_named_at_once()
    {
        var options = new BootstrapOptions { Replicates = 0, Confidence = 1, Threads = -1 };

        var error = Assert.Throws<ArgumentException>(() => RankingReport.Evaluate(SeededRows.Make(1, 5, 5, 0), options));

        Assert.Contains("Replicates must be at least 1 but is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("Confidence must lie between 0 and 1 but is 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("Threads must be at least 1 but is -1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_thousand_rows_and_a_thousand_replicates_take_under_three_seconds()
    {
        var rows = SeededRows.Make(8, users: 356, mostRows: 56, levels: 0);
        Assert.InRange(rows.Count, 9000, 11500);
        var clock = Stopwatch.StartNew();

        RankingReport.Evaluate(rows, new());

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 3);
        TestContext.Current.TestOutputHelper?.WriteLine($"{rows.Count} rows: {clock.Elapsed.TotalMilliseconds} ms");
    }
}

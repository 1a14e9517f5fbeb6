namespace ThinkRec.Metrics.Tests;

public sealed class RankingMetricsTests
{
    [Fact]
    public void Auc_equals_counting_all_pairs_on_seeded_cases_with_and_without_ties()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var rows = SeededRows.Make(seed, users: 6, mostRows: 10, levels: seed % 4);

            Assert.True(
                Math.Abs(BruteForce.Auc(rows) - RankingMetrics.Auc(rows)) < 1e-12, $"AUC differs for seed {seed}");
        }
    }

    [Fact]
    public void Uauc_equals_counting_all_pairs_of_each_user()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var rows = SeededRows.Make(seed, users: 12, mostRows: 8, levels: seed % 4);

            Assert.True(
                Math.Abs(BruteForce.Uauc(rows) - RankingMetrics.Uauc(rows)) < 1e-12, $"UAUC differs for seed {seed}");
        }
    }

    [Fact]
    public void List_metrics_equal_the_average_over_every_order_of_tied_rows()
    {
        for (var seed = 0; seed < 120; seed++)
        {
            var rows = SeededRows.Make(seed, users: 5, mostRows: 6, levels: seed % 4);
            var k = 1 + (seed % 7);

            Assert.True(
                Math.Abs(BruteForce.MeanOverUsers(rows, labels => BruteForce.Ndcg(labels, k)) -
                    RankingMetrics.NdcgAtK(rows, k)) < 1e-12,
                $"NDCG@{k} differs for seed {seed}");
            Assert.True(
                Math.Abs(BruteForce.MeanOverUsers(rows, labels => BruteForce.AveragePrecision(labels, k)) -
                    RankingMetrics.MapAtK(rows, k)) < 1e-12,
                $"MAP@{k} differs for seed {seed}");
            Assert.True(
                Math.Abs(BruteForce.MeanOverUsers(rows, labels => BruteForce.HitRate(labels, k)) -
                    RankingMetrics.HitRateAtK(rows, k)) < 1e-12,
                $"HR@{k} differs for seed {seed}");
        }
    }

    [Fact]
    public void Hand_computed_user_gives_the_table_values()
    {
        // Order by score: 1 0 1 1 0; three positives.
        var rows = SeededRows.OfUser("u", (1, 9), (0, 8), (1, 7), (1, 6), (0, 5));

        Assert.Equal(4.0 / 6, RankingMetrics.Auc(rows), 1e-15);
        Assert.Equal((1 + (2.0 / 3)) / 3, RankingMetrics.MapAtK(rows, 3), 1e-15);
        Assert.Equal((1 + (2.0 / 3) + (3.0 / 4)) / 3, RankingMetrics.MapAtK(rows, 5), 1e-15);
        Assert.Equal(1.5 / (1 + (1 / Math.Log2(3)) + 0.5), RankingMetrics.NdcgAtK(rows, 3), 1e-15);
        Assert.Equal(1.0, RankingMetrics.HitRateAtK(rows, 1));
    }

    [Fact]
    public void Average_precision_divides_by_all_positives_even_beyond_the_cut()
    {
        var rows = SeededRows.OfUser("u", (1, 4), (1, 3), (1, 2), (1, 1));

        Assert.Equal(0.5, RankingMetrics.MapAtK(rows, 2), 1e-15);
        Assert.Equal(1.0, RankingMetrics.NdcgAtK(rows, 2), 1e-15);
    }

    [Fact]
    public void Users_with_one_row_are_left_out_and_users_without_positives_count_zero()
    {
        List<ScoredRow> rows =
        [
            .. SeededRows.OfUser("perfect", (1, 2), (0, 1)),
            .. SeededRows.OfUser("none", (0, 2), (0, 1)),
            .. SeededRows.OfUser("single", (1, 1)),
        ];

        Assert.Equal(0.5, RankingMetrics.NdcgAtK(rows, 5), 1e-15);
        Assert.Equal(0.5, RankingMetrics.MapAtK(rows, 5), 1e-15);
        Assert.Equal(0.5, RankingMetrics.HitRateAtK(rows, 5), 1e-15);
    }

    [Fact]
    public void Uauc_leaves_out_users_with_one_class()
    {
        List<ScoredRow> rows =
        [
            .. SeededRows.OfUser("a", (1, 2), (0, 1)),
            .. SeededRows.OfUser("b", (1, 1), (0, 2), (0, 0)),
            .. SeededRows.OfUser("c", (1, 1), (1, 2)),
        ];

        Assert.Equal(0.75, RankingMetrics.Uauc(rows), 1e-15);
    }

    [Fact]
    public void All_tied_rows_are_chance()
    {
        var rows = SeededRows.OfUser("u", (1, 0.0), (0, -0.0), (0, 0.0), (1, -0.0));

        Assert.Equal(0.5, RankingMetrics.Auc(rows));
        Assert.Equal(0.5, RankingMetrics.Uauc(rows));
        Assert.Equal(0.5, RankingMetrics.HitRateAtK(rows, 1), 1e-15);
        Assert.Equal(5.0 / 6, RankingMetrics.HitRateAtK(rows, 2), 1e-15);
    }

    [Fact]
    public void Row_order_does_not_change_any_bit()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var rows = SeededRows.Make(seed, users: 8, mostRows: 9, levels: seed % 5);
            var shuffled = SeededRows.Shuffled(rows, seed + 1);

            Assert.Equal(RankingMetrics.Auc(rows), RankingMetrics.Auc(shuffled));
            Assert.Equal(RankingMetrics.Uauc(rows), RankingMetrics.Uauc(shuffled));
            Assert.Equal(RankingMetrics.NdcgAtK(rows, 5), RankingMetrics.NdcgAtK(shuffled, 5));
            Assert.Equal(RankingMetrics.MapAtK(rows, 5), RankingMetrics.MapAtK(shuffled, 5));
        }
    }

    [Fact]
    public void Only_the_order_of_scores_matters()
    {
        var rows = SeededRows.Make(3, users: 10, mostRows: 9, levels: 6);
        List<ScoredRow> scaled = [.. rows.Select(row => row with { Score = Math.Exp(row.Score) - 1e3 })];

        Assert.Equal(RankingMetrics.Auc(rows), RankingMetrics.Auc(scaled));
        Assert.Equal(RankingMetrics.Uauc(rows), RankingMetrics.Uauc(scaled));
        Assert.Equal(RankingMetrics.MapAtK(rows, 3), RankingMetrics.MapAtK(scaled, 3));
    }

    [Fact]
    public void No_rows_are_refused()
    {
        var error = Assert.Throws<MetricsException>(() => RankingMetrics.Auc([]));

        Assert.Contains("at least one scored row", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void A_score_that_is_not_finite_names_its_row(double score, string text)
    {
        List<ScoredRow> rows = [new("u1", "i1", true, 1), new("u2", "i7", false, score)];

        var error = Assert.Throws<MetricsException>(() => RankingMetrics.Uauc(rows));

        Assert.Contains("Row 2 (user 'u2', item 'i7')", error.Message, StringComparison.Ordinal);
        Assert.Contains($"got {text}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void Auc_of_one_class_names_the_label(int label)
    {
        var rows = SeededRows.OfUser("u5", (label, 1), (label, 2));

        var error = Assert.Throws<MetricsException>(() => RankingMetrics.Auc(rows));

        Assert.Contains($"user 'u5') have label {label}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Uauc_without_a_user_of_both_classes_names_the_first_user()
    {
        List<ScoredRow> rows = [new("b", "i", false, 1), new("a", "i", true, 1), new("a", "j", true, 1)];

        var error = Assert.Throws<MetricsException>(() => RankingMetrics.Uauc(rows));

        Assert.Contains("first: user 'a', 2 rows, 2 positive", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void List_metrics_without_a_user_of_two_rows_are_refused()
    {
        List<ScoredRow> rows = [new("b", "i", false, 1), new("a", "i", true, 1)];

        var error = Assert.Throws<MetricsException>(() => RankingMetrics.NdcgAtK(rows, 5));

        Assert.Contains("NDCG@5 needs a user with at least two rows", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void A_missing_user_id_names_the_row(string? user)
    {
        var error = Assert.Throws<MetricsException>(() => RankingMetrics.Auc([new(user!, "i3", true, 1)]));

        Assert.Contains("Row 1 (item 'i3') has no user id", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_below_one_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RankingMetrics.MapAtK(SeededRows.OfUser("u", (1, 1)), 0));
}

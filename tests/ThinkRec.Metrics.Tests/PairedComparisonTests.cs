namespace ThinkRec.Metrics.Tests;

public sealed class PairedComparisonTests
{
    private static readonly List<ScoredRow> Rows = SeededRows.Make(4, users: 120, mostRows: 15, levels: 0);

    [Fact]
    public void Equal_scores_differ_by_nothing()
    {
        var differences = PairedComparison.Compare(Rows, SeededRows.Shuffled(Rows, 3), new());

        Assert.Equal(["AUC", "UAUC", "NDCG@5", "MAP@5"], differences.Select(difference => difference.Name));
        Assert.All(differences, difference => Assert.Equal((0, 0, 0, 1), (difference.Difference, difference.Low, difference.High, difference.PValue)));
    }

    [Fact]
    public void A_much_better_model_is_told_apart()
    {
        List<ScoredRow> better = [.. Rows.Select(row => row with { Score = row.Score + (row.Label ? 0.5 : 0) })];

        var differences = PairedComparison.Compare(better, Rows, new());

        Assert.All(differences, difference => Assert.InRange(difference.Difference, difference.Low, difference.High));
        Assert.All(differences, difference => Assert.True(difference.Low > 0));
        Assert.All(differences, difference => Assert.Equal(2.0 / 1001, difference.PValue, 1e-12));
        Assert.Equal(RankingMetrics.Auc(better) - RankingMetrics.Auc(Rows), differences[0].Difference);
        Assert.Equal(RankingMetrics.MapAtK(Rows, 5), differences[3].ValueB);
    }

    [Fact]
    public void Swapping_the_models_mirrors_the_result()
    {
        var other = Noisy(seed: 11, size: 0.3);

        var forward = PairedComparison.Compare(Rows, other, new());
        var backward = PairedComparison.Compare(other, Rows, new() { Threads = 3 });

        Assert.All(forward.Zip(backward), pair =>
        {
            Assert.Equal(pair.First.Difference, -pair.Second.Difference, 1e-15);
            Assert.Equal(pair.First.Low, -pair.Second.High, 1e-12);
            Assert.Equal(pair.First.PValue, pair.Second.PValue);
        });
    }

    [Fact]
    public void Pairing_makes_the_interval_narrower_than_two_separate_ones()
    {
        var other = Noisy(seed: 12, size: 0.05);

        var paired = PairedComparison.Compare(Rows, other, new());
        var alone = RankingReport.Evaluate(Rows, new());

        Assert.All(
            paired.Zip(alone.Metrics),
            pair => Assert.True(pair.First.High - pair.First.Low < 0.7 * (pair.Second.High - pair.Second.Low)));
    }

    [Fact]
    public void P_values_of_models_equal_but_for_noise_are_seldom_small()
    {
        var small = 0;
        for (var trial = 0; trial < 60; trial++)
        {
            var (a, b) = (Noisy(2 * trial, 0.2), Noisy((2 * trial) + 1, 0.2));
            small += PairedComparison.Compare(a, b, new() { Replicates = 200 })[1].PValue < 0.05 ? 1 : 0;
        }

        Assert.InRange(small, 0, 9);
    }

    [Fact]
    public void A_row_that_is_only_in_one_set_is_named()
    {
        var error = Assert.Throws<MetricsException>(() => PairedComparison.Compare(Rows, Rows[1..], new()));

        Assert.Contains($"user 'u0', item 'i0', label {(Rows[0].Label ? 1 : 0)} occurs more often in A than in B", error.Message, StringComparison.Ordinal);
        Assert.Contains($"A has {Rows.Count} rows, B has {Rows.Count - 1}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_is_repeated_in_the_other_set_is_named()
    {
        List<ScoredRow> more = [.. Rows, new("zz", "i", true, 1)];

        var error = Assert.Throws<MetricsException>(() => PairedComparison.Compare(Rows, more, new()));

        Assert.Contains("user 'zz', item 'i', label 1 occurs more often in B than in A", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_differs_is_named()
    {
        var changed = Rows.ToList();
        changed[5] = Rows[5] with { Label = !Rows[5].Label };

        var error = Assert.Throws<MetricsException>(() => PairedComparison.Compare(Rows, changed, new()));

        Assert.Contains(
            $"user '{Rows[5].UserId}', item '{Rows[5].ItemId}' has label {(Rows[5].Label ? 1 : 0)} in A and {(Rows[5].Label ? 0 : 1)} in B",
            error.Message,
            StringComparison.Ordinal);
    }

    private static List<ScoredRow> Noisy(int seed, double size)
    {
        var random = new Random(seed);
        return [.. Rows.Select(row => row with { Score = row.Score + (size * random.NextDouble()) })];
    }
}

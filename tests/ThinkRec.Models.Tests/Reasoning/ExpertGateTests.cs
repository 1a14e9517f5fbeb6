using ThinkRec.Models.Reasoning;

namespace ThinkRec.Models.Tests.Reasoning;

/// <summary>The gate of the authors' code: one expert above 0.5 + 0.6 / K, the global adapter from 0.95 ln K nats on, else a blend.</summary>
public sealed class ExpertGateTests
{
    [Theory]
    [InlineData(2, 0.80, 0.6585)]
    [InlineData(3, 0.70, 1.0437)]
    [InlineData(4, 0.65, 1.3170)]
    public void Thresholds_follow_the_number_of_groups(int groups, double single, double global)
    {
        var gate = new ExpertGate(Axes(groups));

        Assert.Equal(single, gate.SingleThreshold, 1e-12);
        Assert.Equal(global, gate.GlobalThreshold, 5e-5);
        Assert.Equal(groups, gate.Groups);
    }

    [Theory]
    [InlineData(0.1387, GateBranch.Single)]
    [InlineData(0.1385, GateBranch.Fused)]
    [InlineData(0.0537, GateBranch.Fused)]
    [InlineData(0.0535, GateBranch.Global)]
    [InlineData(0.0, GateBranch.Global)]
    [InlineData(1.0, GateBranch.Single)]
    public void For_two_groups_only_the_gap_of_the_cosines_counts(double gap, GateBranch branch)
    {
        var gate = new ExpertGate(Axes(2));
        double angle = Math.Acos(gap / Math.Sqrt(2)) - (Math.PI / 4); // cos(angle) - sin(angle) = gap
        float[] user = [(float)Math.Cos(angle), (float)Math.Sin(angle)];

        GateDecision near = gate.Decide(user);
        GateDecision mirrored = gate.Decide([user[1], user[0]]);

        Assert.Equal((branch, branch), (near.Branch, mirrored.Branch));
        Assert.Equal(1 / (1 + Math.Exp(-10 * gap)), near.Weights[0], 1e-5);
        Assert.Equal(near.Weights[0], mirrored.Weights[1], 1e-12);
        Assert.Equal((0, gap == 0 ? mirrored.Strongest : 1), (near.Strongest, mirrored.Strongest));
    }

    [Fact]
    public void Weights_and_entropy_are_those_computed_by_hand()
    {
        // Cosines with the axes: 0.48, 0.6, 0.64; times ten and less the largest: -1.6, -0.4, 0.
        GateDecision decision = new ExpertGate(Axes(3)).Decide([0.48f, 0.6f, 0.64f]);

        double total = Math.Exp(-1.6) + Math.Exp(-0.4) + 1;
        double[] expected = [Math.Exp(-1.6) / total, Math.Exp(-0.4) / total, 1 / total];
        Assert.All(expected.Zip(decision.Weights), p => Assert.Equal(p.First, p.Second, 1e-6));
        Assert.Equal(-expected.Sum(w => w * Math.Log(w)), decision.Entropy, 1e-6);
        Assert.Equal((GateBranch.Fused, 2), (decision.Branch, decision.Strongest));
    }

    [Fact]
    public void Random_users_go_where_a_plain_reading_of_the_rule_sends_them()
    {
        var seen = new HashSet<(int, GateBranch)>();
        for (int seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            int groups = random.Next(2, 5);
            float[] Draw(double spread) => [.. Enumerable.Range(0, 3).Select(_ => (float)(1 + (spread * (random.NextDouble() - 0.5))))];
            float[][] centroids = [.. Enumerable.Range(0, groups).Select(_ => Draw(1.2))];
            float[] user = Draw(1.2);

            GateDecision decision = new ExpertGate(centroids).Decide(user);

            double[] exponentials = [.. centroids.Select(c => Math.Exp(
                c.Zip(user).Sum(p => (double)p.First * p.Second) / Math.Sqrt(c.Sum(x => (double)x * x)) / Math.Sqrt(user.Sum(x => (double)x * x)) / 0.1))];
            double[] weights = [.. exponentials.Select(e => e / exponentials.Sum())];
            double entropy = -weights.Sum(w => w * Math.Log(w + 1e-10));
            GateBranch branch = weights.Max() > 0.5 + (0.6 / groups) ? GateBranch.Single : entropy >= 0.95 * Math.Log(groups) ? GateBranch.Global : GateBranch.Fused;
            Assert.True(branch == decision.Branch, $"seed {seed}: expected {branch} but found {decision.Branch}");
            Assert.All(weights.Zip(decision.Weights), p => Assert.Equal(p.First, p.Second, 1e-9));
            Assert.Equal(1, decision.Weights.Sum(), 1e-12);
            seen.Add((groups, branch));
        }

        Assert.Equal(9, seen.Count);
    }

    [Fact]
    public void A_user_without_a_direction_is_served_by_the_global_adapter()
    {
        foreach (int groups in new[] { 2, 3, 4 })
        {
            GateDecision decision = new ExpertGate(Axes(groups)).Decide(new float[groups]);

            Assert.Equal(GateBranch.Global, decision.Branch);
            Assert.Equal(Math.Log(groups), decision.Entropy, 1e-8);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_vector_of_another_length_than_the_centroids_is_refused(int length)
    {
        var refused = Assert.Throws<ArgumentException>(() => new ExpertGate(Axes(3)).Decide(new float[length]));

        Assert.Contains($"has {length} numbers but the centroid of group 0 has 3", refused.Message, StringComparison.Ordinal);
    }

    private static float[][] Axes(int count) =>
        [.. Enumerable.Range(0, count).Select(k => Enumerable.Range(0, count).Select(i => i == k ? 2f : 0f).ToArray())];
}

using System.Security.Cryptography;
using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.TestKit;
using ThinkRec.Training.Grouping;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Grouping;

public sealed class UserGroupingTests
{
    private static readonly JsonElement Record = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(Repository.Root, "tests", "ThinkRec.Training.Tests", "Grouping", "grouping.json"))).RootElement;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Ward_gives_the_groups_of_scikit_learn(int index)
    {
        (JsonElement record, float[][] vectors, int groups) = Case(index);
        int[] expected = [.. record.GetProperty("ward").EnumerateArray().Select(label => label.GetInt32())];

        int[] labels = UserGrouping.Cluster(vectors, groups, ClusteringMethod.Ward, seed: 1);

        // The same partition: pairs of old and new names are one to one.
        Assert.Equal(groups, labels.Distinct().Count());
        Assert.Equal(groups, labels.Zip(expected).Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void KMeans_is_as_tight_as_scikit_learn(int index)
    {
        (JsonElement record, float[][] vectors, int groups) = Case(index);

        int[] labels = UserGrouping.Cluster(vectors, groups, ClusteringMethod.KMeans, seed: 1);

        Assert.InRange(Inertia(Standardize(vectors), labels, groups), 0, 1.01 * record.GetProperty("kmeans_inertia").GetDouble());
    }

    [Theory]
    [InlineData(ClusteringMethod.Ward)]
    [InlineData(ClusteringMethod.KMeans)]
    public void Scale_and_offset_of_a_feature_do_not_matter(ClusteringMethod method)
    {
        (_, float[][] vectors, int groups) = Case(0);
        float[][] changed = [.. vectors.Select(v => v.Select((x, j) => j == 1 ? (1024 * x) + 2048 : x).Append(7).ToArray())];

        Assert.Equal(UserGrouping.Cluster(vectors, groups, method, 1), UserGrouping.Cluster(changed, groups, method, 1));
    }

    [Theory]
    [InlineData(ClusteringMethod.Ward)]
    [InlineData(ClusteringMethod.KMeans)]
    public void Groups_are_numbered_by_size_and_the_same_seed_gives_the_same_groups(ClusteringMethod method)
    {
        (_, float[][] vectors, int groups) = Case(1);

        int[] labels = UserGrouping.Cluster(vectors, groups, method, 4);

        int[] sizes = [.. Enumerable.Range(0, groups).Select(g => labels.Count(l => l == g))];
        Assert.Equal(sizes.OrderDescending(), sizes);
        Assert.Equal(labels, UserGrouping.Cluster(vectors, groups, method, 4));
    }

    [Fact]
    public void Ward_equals_a_brute_force_search_for_the_cheapest_merge()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = SeededRandom.Stream(seed, "ward");
            float[][] vectors = [.. Enumerable.Range(0, 3 + random.NextInt(20)).Select(_ => new[] { (float)random.NextGaussian(), (float)random.NextGaussian() })];
            int groups = 1 + random.NextInt(vectors.Length);

            int[] labels = UserGrouping.Cluster(vectors, groups, ClusteringMethod.Ward, 1);

            Assert.True(groups == labels.Zip(BruteForceWard(Standardize(vectors), groups)).Distinct().Count(), $"seed {seed}");
        }
    }

    [Fact]
    public void Equal_vectors_end_in_one_group()
    {
        float[][] vectors = [.. Enumerable.Range(0, 30).Select(i => new float[] { i % 3, i % 3 * 2 })];

        foreach (ClusteringMethod method in Enum.GetValues<ClusteringMethod>())
        {
            int[] labels = UserGrouping.Cluster(vectors, 3, method, 1);

            Assert.Equal(3, labels.Select((label, i) => (label, i % 3)).Distinct().Count());
        }
    }

    [Fact]
    public void A_centroid_is_the_mean_of_the_vectors_as_given() => Assert.Equal(
        [[2, 30], [7, 7]], UserGrouping.Centroids([[1, 20], [7, 7], [3, 40]], [0, 1, 0]));

    [Fact]
    public void What_cannot_be_grouped_is_refused_with_a_remedy()
    {
        AssertRefused("Set fewer groups", [[1], [2]], 3, ClusteringMethod.Ward);
        AssertRefused("Set fewer groups", [[1], [2]], 0, ClusteringMethod.Ward);
        AssertRefused("Set at most 2 groups", [[1], [2], [2], [1]], 3, ClusteringMethod.KMeans);
        AssertRefused("user number 1", [[1], [float.NaN]], 1, ClusteringMethod.Ward);
        AssertRefused("user number 1", [[1], [1, 2]], 1, ClusteringMethod.Ward);
        AssertRefused("kMeans", [.. Enumerable.Range(0, UserGrouping.MaxWardUsers + 1).Select(i => new float[] { i })], 2, ClusteringMethod.Ward);
        Assert.Contains("Group 1", Assert.Throws<TrainingException>(() => UserGrouping.Centroids([[1], [2]], [0, 2])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_record_was_made_by_the_script_in_the_tree()
    {
        var script = File.ReadAllBytes(Path.Combine(Repository.Root, "tools", "parity", "record_encoders.py"));

        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(script)),
            Record.GetProperty("manifest").GetProperty("script_sha256").GetString());
    }

    private static void AssertRefused(string said, float[][] vectors, int groups, ClusteringMethod method) => Assert.Contains(
        said, Assert.Throws<TrainingException>(() => UserGrouping.Cluster(vectors, groups, method, 1)).Message, StringComparison.Ordinal);

    private static (JsonElement Record, float[][] Vectors, int Groups) Case(int index)
    {
        JsonElement record = Record.GetProperty("cases")[index];
        float[][] vectors = [.. record.GetProperty("vectors").EnumerateArray().Select(v => v.EnumerateArray().Select(x => x.GetSingle()).ToArray())];
        return (record, vectors, record.GetProperty("groups").GetInt32());
    }

    private static double[][] Standardize(float[][] vectors)
    {
        double[] means = [.. Enumerable.Range(0, vectors[0].Length).Select(j => vectors.Average(v => (double)v[j]))];
        double[] deviations = [.. means.Select((mean, j) => Math.Sqrt(vectors.Average(v => Math.Pow(v[j] - mean, 2))))];
        return [.. vectors.Select(v => v.Select((x, j) => (x - means[j]) / deviations[j]).ToArray())];
    }

    private static double Inertia(double[][] points, int[] labels, int groups) =>
        Enumerable.Range(0, groups).Sum(g => Spread([.. points.Where((_, i) => labels[i] == g)]));

    // Sum of squared distances to the mean.
    private static double Spread(double[][] points) =>
        Enumerable.Range(0, points[0].Length).Sum(j => points.Sum(p => Math.Pow(p[j] - points.Average(q => q[j]), 2)));

    private static int[] BruteForceWard(double[][] points, int groups)
    {
        List<List<int>> clusters = [.. points.Select((_, i) => new List<int> { i })];
        while (clusters.Count > groups)
        {
            var pairs = from a in Enumerable.Range(0, clusters.Count) from b in Enumerable.Range(0, a) select (a, b);
            (int first, int second) = pairs.MinBy(p => Cost(points, clusters[p.a], clusters[p.b]));
            clusters[second].AddRange(clusters[first]);
            clusters.RemoveAt(first);
        }

        return [.. points.Select((_, i) => clusters.FindIndex(c => c.Contains(i)))];
    }

    private static double Cost(double[][] points, List<int> a, List<int> b) =>
        Spread([.. a.Concat(b).Select(i => points[i])]) - Spread([.. a.Select(i => points[i])]) - Spread([.. b.Select(i => points[i])]);
}

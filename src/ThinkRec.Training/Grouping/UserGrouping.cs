using System.Runtime.InteropServices;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Grouping;

/// <summary>Puts users into groups by their vectors.</summary>
public static class UserGrouping
{
    /// <summary>Ward's method takes time in the square of the users, so more are refused.</summary>
    public const int MaxWardUsers = 20_000;

    /// <summary>Clusters vectors after standardising each feature to mean 0 and variance 1.</summary>
    /// <param name="vectors">One for each user, all of one length.</param>
    /// <param name="groups">How many groups.</param>
    /// <param name="method">Ward or k-means.</param>
    /// <param name="seed">Seed of k-means' starts; Ward uses none.</param>
    /// <returns>A group for each vector; group 0 is the largest, and of equal ones that of the earlier vector.</returns>
    /// <exception cref="TrainingException">There are fewer different vectors than groups, too many users for Ward, or a vector is not finite.</exception>
    public static int[] Cluster(float[][] vectors, int groups, ClusteringMethod method, long seed)
    {
        Check(vectors, groups, method);
        double[][] scaled = Standardize(vectors);
        int[] labels = method == ClusteringMethod.Ward ? WardClustering.Cluster(scaled, groups) : KMeansClustering.Cluster(scaled, groups, seed);
        return BySize(labels, groups);
    }

    /// <summary>The mean vector of each group, from the vectors as given, not standardised.</summary>
    /// <param name="vectors">One for each user.</param>
    /// <param name="labels">As <see cref="Cluster"/> gives them; each group from 0 to the highest has a member.</param>
    /// <returns>One for each group.</returns>
    /// <exception cref="TrainingException">The lengths differ, or a group is empty.</exception>
    public static float[][] Centroids(float[][] vectors, int[] labels)
    {
        if (vectors.Length != labels.Length || labels.Length == 0)
        {
            throw new TrainingException($"Centroids need one group for each vector, but there are {labels.Length} groups for {vectors.Length} vectors.");
        }

        var sums = new double[labels.Max() + 1][];
        var counts = new int[sums.Length];
        for (int i = 0; i < vectors.Length; i++)
        {
            double[] sum = sums[labels[i]] ??= new double[vectors[i].Length];
            counts[labels[i]]++;
            for (int j = 0; j < sum.Length; j++)
            {
                sum[j] += vectors[i][j];
            }
        }

        int empty = Array.IndexOf(counts, 0);
        return empty < 0 ? [.. sums.Select((sum, group) => sum.Select(value => (float)(value / counts[group])).ToArray())]
            : throw new TrainingException($"Group {empty} of {counts.Length} has no member, so it has no centroid. Cluster again with fewer groups.");
    }

    /// <summary>Scales each feature to mean 0 and variance 1; a constant one becomes 0.</summary>
    internal static double[][] Standardize(float[][] vectors)
    {
        int size = vectors[0].Length;
        double[][] result = [.. vectors.Select(v => new double[size])];
        for (int j = 0; j < size; j++)
        {
            double mean = vectors.Average(v => (double)v[j]);
            double deviation = Math.Sqrt(vectors.Average(v => (v[j] - mean) * (v[j] - mean)));
            double scale = deviation > 1e-12 * Math.Abs(mean) && deviation > 0 ? 1 / deviation : 0;
            for (int i = 0; i < vectors.Length; i++)
            {
                result[i][j] = (vectors[i][j] - mean) * scale;
            }
        }

        return result;
    }

    private static void Check(float[][] vectors, int groups, ClusteringMethod method)
    {
        if (groups < 1 || vectors.Length < groups)
        {
            throw new TrainingException($"{vectors.Length} users cannot form {groups} groups; expected 1 to {vectors.Length}. Set fewer groups.");
        }

        if (method == ClusteringMethod.Ward && vectors.Length > MaxWardUsers)
        {
            throw new TrainingException($"Ward's method takes at most {MaxWardUsers} users but there are {vectors.Length}. Cluster with kMeans.");
        }

        for (int i = 0; i < vectors.Length; i++)
        {
            if (vectors[i].Length != vectors[0].Length || vectors[i].Length == 0 || !Array.TrueForAll(vectors[i], float.IsFinite))
            {
                throw new TrainingException($"The vector of user number {i} must be {vectors[0].Length} finite numbers, at least one, but is not. Train the encoder again.");
            }
        }

        int different = vectors.Select(v => Convert.ToHexString(MemoryMarshal.AsBytes(v.AsSpan()))).Distinct().Take(groups).Count();
        if (different < groups)
        {
            throw new TrainingException($"The {vectors.Length} users have only {different} different vectors, too few for {groups} groups. Set at most {different} groups, or use an encoder that tells users apart.");
        }
    }

    private static int[] BySize(int[] labels, int groups)
    {
        int[] order = [.. Enumerable.Range(0, groups).OrderByDescending(g => labels.Count(l => l == g)).ThenBy(g => Array.IndexOf(labels, g))];
        return [.. labels.Select(label => Array.IndexOf(order, label))];
    }
}

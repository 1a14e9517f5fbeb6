using System.Numerics;
using System.Runtime.InteropServices;

namespace ThinkRec.Training.Grouping;

/// <summary>Ward's agglomerative clustering by nearest-neighbour chains over centroids: time O(n² d), memory O(n d).</summary>
/// <remarks>Source: Murtagh and Legendre, arXiv 1111.6285; the same merges as scikit-learn's AgglomerativeClustering where distances differ.</remarks>
internal sealed class WardClustering
{
    private readonly double[][] _centroids;
    private readonly double[] _sizes;
    private readonly List<int> _active;
    private readonly List<(double Height, int First, int Second)> _merges = [];

    private WardClustering(double[][] points)
    {
        _centroids = [.. points.Select(p => (double[])p.Clone())];
        _sizes = [.. points.Select(_ => 1.0)];
        _active = [.. Enumerable.Range(0, points.Length)];
    }

    internal static int[] Cluster(double[][] points, int groups)
    {
        var clustering = new WardClustering(points);
        clustering.MergeAll();
        return clustering.Cut(points.Length, groups);
    }

    private void MergeAll()
    {
        var chain = new Stack<int>();
        while (_active.Count > 1)
        {
            if (chain.Count == 0)
            {
                chain.Push(_active[0]);
            }

            int top = chain.Pop();
            int previous = chain.Count > 0 ? chain.Peek() : -1;
            (int nearest, double distance) = Nearest(top, previous);
            if (nearest == previous)
            {
                chain.Pop();
                Merge(top, nearest, distance);
            }
            else
            {
                chain.Push(top);
                chain.Push(nearest);
            }
        }
    }

    // The previous link of the chain wins a tie, or two equally near clusters could send the chain round for ever.
    private (int Index, double Distance) Nearest(int cluster, int previous)
    {
        int nearest = previous;
        double least = previous < 0 ? double.PositiveInfinity : Distance(cluster, previous);
        foreach (int other in _active)
        {
            if (other != cluster && other != previous && Distance(cluster, other) is double distance && distance < least)
            {
                (nearest, least) = (other, distance);
            }
        }

        return (nearest, least);
    }

    private double Distance(int a, int b) =>
        2 * _sizes[a] * _sizes[b] / (_sizes[a] + _sizes[b]) * Distances.Squared(_centroids[a], _centroids[b]);

    private void Merge(int a, int b, double distance)
    {
        _merges.Add((distance, a, b));
        double total = _sizes[a] + _sizes[b];
        for (int j = 0; j < _centroids[a].Length; j++)
        {
            _centroids[a][j] = ((_sizes[a] * _centroids[a][j]) + (_sizes[b] * _centroids[b][j])) / total;
        }

        _sizes[a] = total;
        _active.RemoveAt(_active.BinarySearch(b));
    }

    // A merge names one point of either side, so the lowest n - k of them leave k groups.
    private int[] Cut(int count, int groups)
    {
        int[] parent = [.. Enumerable.Range(0, count)];
        foreach ((_, int first, int second) in _merges.OrderBy(m => m.Height).Take(count - groups))
        {
            parent[Root(parent, second)] = Root(parent, first);
        }

        var numbers = new Dictionary<int, int>();
        return [.. parent.Select((_, i) => Root(parent, i)).Select(root => numbers.TryGetValue(root, out int n) ? n : numbers[root] = numbers.Count)];
    }

    private static int Root(int[] parent, int i)
    {
        while (parent[i] != i)
        {
            i = parent[i] = parent[parent[i]];
        }

        return i;
    }
}

/// <summary>Distances of vectors.</summary>
internal static class Distances
{
    internal static double Squared(double[] a, double[] b)
    {
        ReadOnlySpan<Vector<double>> wideA = MemoryMarshal.Cast<double, Vector<double>>(a);
        ReadOnlySpan<Vector<double>> wideB = MemoryMarshal.Cast<double, Vector<double>>(b);
        Vector<double> sums = Vector<double>.Zero;
        for (int i = 0; i < wideA.Length; i++)
        {
            Vector<double> difference = wideA[i] - wideB[i];
            sums += difference * difference;
        }

        double sum = Vector.Sum(sums);
        for (int i = wideA.Length * Vector<double>.Count; i < a.Length; i++)
        {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }

        return sum;
    }
}

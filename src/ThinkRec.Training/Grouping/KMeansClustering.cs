using ThinkRec.Data;

namespace ThinkRec.Training.Grouping;

/// <summary>k-means: greedy k-means++ starts, Lloyd's iterations, the best of ten.</summary>
/// <remarks>Source: Arthur and Vassilvitskii 2007; the greedy variant (several candidates for each centre) is scikit-learn's.</remarks>
internal sealed class KMeansClustering(double[][] points, int groups)
{
    private const int Starts = 10;
    private const int MaxIterations = 300;
    private const double RelativeTolerance = 1e-4;

    internal static int[] Cluster(double[][] points, int groups, long seed)
    {
        var clustering = new KMeansClustering(points, groups);
        int[] best = [];
        double least = double.PositiveInfinity;
        for (int start = 0; start < Starts; start++)
        {
            (int[] labels, double inertia) = clustering.Run(SeededRandom.Stream(seed, $"kmeans/{start}"));
            if (inertia < least)
            {
                (best, least) = (labels, inertia);
            }
        }

        return best;
    }

    private (int[] Labels, double Inertia) Run(SeededRandom random)
    {
        double[][] centres = Begin(random);
        int size = points[0].Length;
        double tolerance = RelativeTolerance * points.Average(p => p.Sum(x => x * x)) / size; // points are centred, so this is the mean variance
        var labels = new int[points.Length];
        double moved;
        int iteration = 0;
        do
        {
            double[] distances = Assign(centres, labels);
            FillEmpty(labels, distances);
            double[][] next = Means(labels);
            moved = centres.Zip(next).Sum(pair => Distances.Squared(pair.First, pair.Second));
            centres = next;
        }
        while (moved > tolerance && ++iteration < MaxIterations);

        double[] last = Assign(centres, labels);
        FillEmpty(labels, last);
        return (labels, last.Sum());
    }

    private double[][] Begin(SeededRandom random)
    {
        int candidates = 2 + (int)Math.Log(groups);
        var centres = new List<double[]> { points[random.NextInt(points.Length)] };
        double[] nearest = [.. points.Select(p => Distances.Squared(p, centres[0]))];
        while (centres.Count < groups)
        {
            (double[] Centre, double[] Distances)[] tried = [.. Enumerable.Range(0, candidates).Select(_ => points[Draw(nearest, random)])
                .Select(centre => (centre, points.Select((p, i) => Math.Min(nearest[i], Distances.Squared(p, centre))).ToArray()))];
            (double[] best, nearest) = tried.MinBy(t => t.Distances.Sum());
            centres.Add(best);
        }

        return [.. centres];
    }

    private static int Draw(double[] weights, SeededRandom random)
    {
        double target = random.NextDouble() * weights.Sum();
        int chosen = Array.FindLastIndex(weights, w => w > 0);
        for (int i = 0; i < weights.Length; i++)
        {
            target -= weights[i];
            if (target < 0)
            {
                return i;
            }
        }

        return Math.Max(0, chosen);
    }

    private double[] Assign(double[][] centres, int[] labels)
    {
        var distances = new double[points.Length];
        for (int i = 0; i < points.Length; i++)
        {
            distances[i] = double.PositiveInfinity;
            for (int c = 0; c < centres.Length; c++)
            {
                double distance = Distances.Squared(points[i], centres[c]);
                if (distance < distances[i])
                {
                    (distances[i], labels[i]) = (distance, c);
                }
            }
        }

        return distances;
    }

    // A centre that lost all its points takes the point that is worst off.
    private void FillEmpty(int[] labels, double[] distances)
    {
        var counts = new int[groups];
        Array.ForEach(labels, label => counts[label]++);
        for (int c = 0; c < groups; c++)
        {
            if (counts[c] == 0)
            {
                int farthest = Enumerable.Range(0, labels.Length).Where(i => counts[labels[i]] > 1).MaxBy(i => distances[i]);
                counts[labels[farthest]]--;
                (labels[farthest], distances[farthest], counts[c]) = (c, 0, 1);
            }
        }
    }

    private double[][] Means(int[] labels)
    {
        double[][] means = [.. Enumerable.Range(0, groups).Select(_ => new double[points[0].Length])];
        var counts = new int[groups];
        for (int i = 0; i < points.Length; i++)
        {
            double[] mean = means[labels[i]];
            counts[labels[i]]++;
            for (int j = 0; j < mean.Length; j++)
            {
                mean[j] += points[i][j];
            }
        }

        for (int c = 0; c < groups; c++)
        {
            for (int j = 0; j < means[c].Length; j++)
            {
                means[c][j] /= counts[c];
            }
        }

        return means;
    }
}

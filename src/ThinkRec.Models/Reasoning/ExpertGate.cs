namespace ThinkRec.Models.Reasoning;

/// <summary>Which way the gate went for a user.</summary>
public enum GateBranch
{
    /// <summary>One group clearly fits: its expert alone.</summary>
    Single,

    /// <summary>No group fits better than another: the global adapter.</summary>
    Global,

    /// <summary>Several groups fit: their experts, weighted.</summary>
    Fused,
}

/// <summary>What the gate decided.</summary>
/// <param name="Branch">The way it went.</param>
/// <param name="Weights">Softmax weight of each group; they sum to one.</param>
/// <param name="Entropy">Entropy of the weights in nats.</param>
public sealed record GateDecision(GateBranch Branch, double[] Weights, double Entropy)
{
    /// <summary>The group with the largest weight.</summary>
    public int Strongest => Array.IndexOf(Weights, Weights.Max());
}

/// <summary>Weighs the group experts for one user by the cosine between the user's vector and the groups' centroids.</summary>
/// <param name="Centroids">Mean vector of each group's users.</param>
/// <param name="Temperature">τ of the softmax.</param>
/// <remarks>Source: ThinkRec eqs. (8)-(10); thresholds as in the authors' minigpt4rec_v3.py:408-434.</remarks>
public sealed record ExpertGate(float[][] Centroids, double Temperature = 0.1)
{
    private const double CosineEpsilon = 1e-8;

    /// <summary>Number of groups.</summary>
    public int Groups => Centroids.Length;

    /// <summary>Above this weight one expert serves alone.</summary>
    public double SingleThreshold => 0.5 + (0.6 / Groups);

    /// <summary>From this entropy on the global adapter serves.</summary>
    public double GlobalThreshold => 0.95 * Math.Log(Groups);

    /// <summary>Decides for one user.</summary>
    /// <param name="userVector">Vector in the space of the centroids.</param>
    /// <returns>Branch, weights and entropy.</returns>
    /// <exception cref="ArgumentException">The vector and a centroid differ in length.</exception>
    public GateDecision Decide(ReadOnlySpan<float> userVector)
    {
        var weights = new double[Groups];
        for (int k = 0; k < Groups; k++)
        {
            if (Centroids[k].Length != userVector.Length)
            {
                throw new ArgumentException($"The user's vector has {userVector.Length} numbers but the centroid of group {k} has {Centroids[k].Length}. Group the users with the encoder that serves them.");
            }

            weights[k] = Cosine(userVector, Centroids[k]) / Temperature;
        }

        double largest = weights.Max();
        double total = 0;
        for (int k = 0; k < Groups; k++)
        {
            total += weights[k] = Math.Exp(weights[k] - largest);
        }

        double entropy = 0;
        for (int k = 0; k < Groups; k++)
        {
            weights[k] /= total;
            entropy -= weights[k] * Math.Log(weights[k] + 1e-10);
        }

        GateBranch branch = weights.Max() > SingleThreshold ? GateBranch.Single
            : entropy >= GlobalThreshold ? GateBranch.Global
            : GateBranch.Fused;
        return new GateDecision(branch, weights, entropy);
    }

    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            product += (double)a[i] * b[i];
            squaresA += (double)a[i] * a[i];
            squaresB += (double)b[i] * b[i];
        }

        return product / Math.Max(Math.Sqrt(squaresA) * Math.Sqrt(squaresB), CosineEpsilon);
    }
}

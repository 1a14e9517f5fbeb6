namespace ThinkRec.Nn;

/// <summary>Settings of <see cref="Adam"/> and <see cref="AdamW"/>.</summary>
public sealed record AdamOptions
{
    /// <summary>Decay of the running mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the corrected mean square.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Strength of weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Whether vectors (biases, norms) are spared by weight decay.</summary>
    public bool DecayMatricesOnly { get; init; }

    /// <summary>Everything that is wrong with the settings.</summary>
    /// <returns>One sentence per problem; empty when there is none.</returns>
    public IReadOnlyList<string> Problems() =>
    [
        .. Beta1 is >= 0 and < 1 ? Array.Empty<string>() : [$"beta1 {Beta1} must lie in [0, 1)"],
        .. Beta2 is >= 0 and < 1 ? Array.Empty<string>() : [$"beta2 {Beta2} must lie in [0, 1)"],
        .. double.IsFinite(Epsilon) && Epsilon >= 0 ? Array.Empty<string>() : [$"epsilon {Epsilon} must be a number from 0"],
        .. double.IsFinite(WeightDecay) && WeightDecay >= 0 ? Array.Empty<string>() : [$"weight decay {WeightDecay} must be a number from 0"],
    ];
}

namespace ThinkRec.Nn;

/// <summary>Settings of a low-rank adapter.</summary>
public sealed record LoraConfig
{
    /// <summary>Rank r of the two factors.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The product B·A is scaled by alpha / r.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Probability of dropping an input of the adapter while training.</summary>
    public double Dropout { get; init; } = 0.05;

    /// <summary>Last segments of the names of the projections that get an adapter.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["q_proj", "v_proj"];

    /// <summary>Whether the product is scaled by alpha / √r instead (arXiv 2312.03732; peft's <c>use_rslora</c>).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>alpha / r, or alpha / √r.</summary>
    public double Scaling => Alpha / (RankStabilized ? Math.Sqrt(Rank) : Rank);

    /// <summary>Everything that is wrong with the settings.</summary>
    /// <returns>One sentence per problem; empty when there is none.</returns>
    public IReadOnlyList<string> Problems() =>
    [
        .. Rank < 1 ? [$"rank {Rank} must be at least 1"] : Array.Empty<string>(),
        .. double.IsFinite(Alpha) && Alpha > 0 ? Array.Empty<string>() : [$"alpha {Alpha} must be a positive number"],
        .. Dropout is >= 0 and < 1 ? Array.Empty<string>() : [$"dropout {Dropout} must lie in [0, 1)"],
        .. TargetModules.Count > 0 ? Array.Empty<string>() : ["targetModules is empty; name at least one projection, such as q_proj"],
    ];
}

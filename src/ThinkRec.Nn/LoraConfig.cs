namespace ThinkRec.Nn;

/// <summary>Settings of low-rank adapters.</summary>
public sealed record LoraConfig
{
    /// <summary>Rank r of the update.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Scale of the update is alpha / rank.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Dropout on the adapter's input, while training.</summary>
    public double Dropout { get; init; } = 0.05;

    /// <summary>Projections that get an adapter, by upstream name.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["q_proj", "v_proj"];

    /// <summary>alpha / rank.</summary>
    public double Scaling() => Alpha / Rank;

    /// <summary>Everything wrong with these settings.</summary>
    /// <returns>One sentence each.</returns>
    public IEnumerable<string> Problems()
    {
        if (Rank is < 1 or > 4096)
        {
            yield return $"rank is {Rank}, expected 1 to 4096";
        }

        if (!(Alpha > 0) || !double.IsFinite(Alpha))
        {
            yield return $"alpha is {Alpha}, expected more than 0";
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return $"dropout is {Dropout}, expected 0 up to 1";
        }

        if (TargetModules.Count == 0)
        {
            yield return "targetModules is empty; name at least one projection, such as q_proj";
        }
    }
}

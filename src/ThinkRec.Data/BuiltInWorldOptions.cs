namespace ThinkRec.Data;

/// <summary>Size and seed of the built-in world.</summary>
public sealed record BuiltInWorldOptions
{
    /// <summary>The seed; the same options give the same world, bit by bit, on one machine type.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Users; 30 or more.</summary>
    public int NumUsers { get; init; } = 600;

    /// <summary>Items; 100 to 2,000 (every title is different).</summary>
    public int NumItems { get; init; } = 400;

    /// <summary>Mean interactions of a user. The single user has 8 to 80, fewer where films run out, so that a mean of 60 becomes about 51.</summary>
    public double MeanActivity { get; init; } = 30;

    /// <summary>How strongly taste decides: at 0 only a film's quality and the user's leniency do, 1 is the tuned world, more is easier.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Name of the dataset.</summary>
    public string Name { get; init; } = "built-in";

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; names every such value.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (NumUsers < 30)
        {
            problems.Add($"NumUsers must be at least 30 but is {NumUsers}");
        }
        if (NumItems is < 100 or > 2000)
        {
            problems.Add($"NumItems must be 100 to 2000 but is {NumItems}");
        }
        if (MeanActivity is not (>= 10 and <= 60))
        {
            problems.Add(FormattableString.Invariant($"MeanActivity must be 10 to 60 but is {MeanActivity}"));
        }
        if (Temperature is not (>= 0 and <= 10))
        {
            problems.Add(FormattableString.Invariant($"Temperature must be 0 to 10 but is {Temperature}"));
        }
        if (problems.Count > 0)
        {
            throw new ArgumentException($"The built-in world's options have {problems.Count} problem(s): {string.Join("; ", problems)}.");
        }
    }
}

namespace ThinkRec.Training.Runs;

/// <summary>Names of the methods that can be trained.</summary>
public static class Methods
{
    /// <summary>Matrix factorisation.</summary>
    public const string Mf = "mf";

    /// <summary>Self-attentive sequential recommendation.</summary>
    public const string SasRec = "sasrec";

    /// <summary>The whole of ThinkRec.</summary>
    public const string ThinkRec = "thinkrec";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Mf, SasRec, ThinkRec];
}

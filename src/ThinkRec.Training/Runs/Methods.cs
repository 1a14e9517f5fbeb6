namespace ThinkRec.Training.Runs;

/// <summary>Names of what a run can be a training of.</summary>
public static class Methods
{
    /// <summary>Matrix factorisation.</summary>
    public const string Mf = "mf";

    /// <summary>Self-attentive sequential recommendation.</summary>
    public const string SasRec = "sasrec";

    /// <summary>The whole of ThinkRec.</summary>
    public const string ThinkRec = "thinkrec";

    /// <summary>A language model alone, from text; <c>llm pretrain</c> makes such runs, <c>train</c> does not.</summary>
    public const string Pretrain = "pretrain";

    /// <summary>Those that <c>train</c> knows.</summary>
    public static IReadOnlyList<string> All { get; } = [Mf, SasRec, ThinkRec];
}

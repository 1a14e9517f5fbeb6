namespace ThinkRec.GpuCheck;

/// <summary>How a check ended.</summary>
internal enum CheckState
{
    /// <summary>Within its tolerance, or measured.</summary>
    Passed,

    /// <summary>Outside its tolerance, or it broke.</summary>
    Failed,

    /// <summary>It could not be run; that says nothing.</summary>
    NotRun,
}

/// <summary>One line of the report.</summary>
/// <param name="Part">Steps, parity, adapters or speed.</param>
/// <param name="Name">What was checked.</param>
/// <param name="Against">What it was held against; empty for nothing.</param>
/// <param name="State">How it ended.</param>
/// <param name="Detail">Figures, or the reason.</param>
internal sealed record Check(string Part, string Name, string Against, CheckState State, string Detail)
{
    /// <summary>A check that broke.</summary>
    internal static Check Broken(string part, string name, string against, string message) => new(part, name, against, CheckState.Failed, message.ReplaceLineEndings(" "));

    /// <summary>A check that could not be run.</summary>
    internal static Check Without(string part, string name, string against, string reason) => new(part, name, against, CheckState.NotRun, reason.ReplaceLineEndings(" "));
}

namespace ThinkRec.Data.Audit;

/// <summary>How much a finding weighs.</summary>
public enum FindingWeight
{
    /// <summary>Worth knowing; what is measured on the dataset stands.</summary>
    Note,

    /// <summary>Makes models or measurements worse than they need be.</summary>
    Warning,

    /// <summary>What is measured on the dataset means less than it says.</summary>
    Error,
}

namespace ThinkRec.Teaching.Endpoint;

/// <summary>How a teacher comes to a reason that argues for what the user did.</summary>
public enum TeacherProtocol
{
    /// <summary>The teacher is never told the label; rows where its vote misses it are left out.</summary>
    Blind,

    /// <summary>A teacher whose vote misses the label is told so and asked again, a bounded number of times.</summary>
    Hinted,
}

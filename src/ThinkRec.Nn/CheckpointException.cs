namespace ThinkRec.Nn;

/// <summary>A file of weights is damaged or does not hold what was asked of it; names file, tensor and remedy.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates an exception with a text.</summary>
    /// <param name="message">File, tensor, what was expected, what was found, what to do.</param>
    public CheckpointException(string message) : base(message) { }

    /// <summary>Creates an exception with a text and its cause.</summary>
    /// <param name="message">File, tensor, what was expected, what was found, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public CheckpointException(string message, Exception innerException) : base(message, innerException) { }
}

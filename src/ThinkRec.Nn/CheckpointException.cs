namespace ThinkRec.Nn;

/// <summary>A weights file or model folder is missing, damaged, or belongs to something else; the text names file, tensor and remedy.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates an exception with a text.</summary>
    /// <param name="message">What was read, what was expected, what was found, and the next step.</param>
    public CheckpointException(string message) : base(message) { }
}

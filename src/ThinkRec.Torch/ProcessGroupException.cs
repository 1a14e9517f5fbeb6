namespace ThinkRec.Torch;

/// <summary>Processes could not meet, or one of them was lost; the text names rank, address and what to do.</summary>
public sealed class ProcessGroupException : Exception
{
    /// <summary>Creates an exception with a text.</summary>
    /// <param name="message">Which rank did what with whom, and why it went wrong.</param>
    public ProcessGroupException(string message) : base(message) { }

    /// <summary>Creates an exception with a text and what led to it.</summary>
    /// <param name="message">Which rank did what with whom, and why it went wrong.</param>
    /// <param name="inner">What led to it.</param>
    public ProcessGroupException(string message, Exception inner) : base(message, inner) { }
}

namespace ThinkRec.Downloads;

/// <summary>A file could not be had, or is not what it should be; the message names the address and the remedy.</summary>
public sealed class DownloadException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public DownloadException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was asked, what came back, remedy.</param>
    public DownloadException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">What was asked, what came back, remedy.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public DownloadException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether another try may do better.</summary>
    public bool IsTransient { get; init; }

    /// <summary>What the server answered, such as 404; null where it is about something else.</summary>
    public int? StatusCode { get; init; }

    /// <summary>How long the server asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

namespace ThinkRec.Teaching.Endpoint;

/// <summary>An endpoint did not answer; the message says what it said instead, and what to do.</summary>
public sealed class EndpointException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public EndpointException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was asked, what came back, remedy.</param>
    public EndpointException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">What was asked, what came back, remedy.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public EndpointException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What it means for the requests that follow.</summary>
    public EndpointFailure Kind { get; init; } = EndpointFailure.Fatal;

    /// <summary>How long the endpoint asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

namespace ThinkRec.Metrics;

/// <summary>Rows or a prediction file from which a metric cannot be computed.</summary>
public sealed class MetricsException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">The place, what was expected, what was found and what to do.</param>
    public MetricsException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception around its cause.</summary>
    /// <param name="message">The place, what was expected, what was found and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public MetricsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

namespace ThinkRec.Data;

/// <summary>Data on disk is not what its format promises; the message names file, line, expectation and remedy.</summary>
public sealed class DataFormatException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public DataFormatException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">One sentence: place, expected, actual, remedy.</param>
    public DataFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">One sentence: place, expected, actual, remedy.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public DataFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception for one line of a file.</summary>
    /// <param name="path">The file; only its name is shown.</param>
    /// <param name="line">Line number from 1.</param>
    /// <param name="message">Expected, actual, remedy.</param>
    /// <returns>The exception, to be thrown by the caller.</returns>
    public static DataFormatException At(string path, int line, string message) =>
        new($"{Path.GetFileName(path)}:{line}: {message}");
}

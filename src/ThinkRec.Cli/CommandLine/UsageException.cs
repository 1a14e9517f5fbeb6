namespace ThinkRec.Cli.CommandLine;

/// <summary>The call was wrong in a way that only shows once the command runs.</summary>
/// <param name="message">One sentence with the option, what was expected and what was given.</param>
internal sealed class UsageException(string message) : Exception(message);

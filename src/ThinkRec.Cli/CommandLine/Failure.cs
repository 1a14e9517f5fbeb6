using ThinkRec.Files;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Cli.CommandLine;

/// <summary>What an exception means to the person who made the call.</summary>
/// <param name="ExitCode">One of <see cref="CommandLine.ExitCode"/>.</param>
/// <param name="Line">One line of text, without a stack trace.</param>
internal sealed record Failure(int ExitCode, string Line)
{
    private const int ReadOnly = 30; // EROFS

    /// <summary>Sorts an exception into: interrupted, a wrong call, work that failed, or a bug of ours.</summary>
    public static Failure From(Exception exception, bool isCancelled) => exception switch
    {
        OperationCanceledException or ProcessGroupException when isCancelled => new(CommandLine.ExitCode.Interrupted, "interrupted."),
        AggregateException { InnerExceptions: [var only] } => From(only, isCancelled),
        UsageException or ConfigurationException => new(CommandLine.ExitCode.WrongCall, OneLine(exception)),
        ArgumentNullException => Bug(exception),
        ArgumentException argument => new(CommandLine.ExitCode.WrongCall, WithoutParameter(argument)),
        OutOfMemoryException => new(CommandLine.ExitCode.Failed, "There is not enough main memory. Take less at a time (batch size, lengths, rows), or end other programs that hold memory."),
        _ when IsKnown(exception) => new(CommandLine.ExitCode.Failed, OneLine(exception) + Remedy(exception)),
        _ => Bug(exception),
    };

    // Our own exceptions carry messages for people, and so do those about files and networks.
    private static bool IsKnown(Exception exception) =>
        exception is IOException or DllNotFoundException or UnauthorizedAccessException or InvalidDataException or HttpRequestException
            or TimeoutException or OperationCanceledException
        || exception.GetType().Namespace?.StartsWith("ThinkRec.", StringComparison.Ordinal) == true;

    // The framework says what the system refused, but not what to do.
    private static string Remedy(Exception exception) => exception switch
    {
        not DiskFullException when DiskFullException.IsMeantBy(exception) => " The disk is full: free some space, or write to another disk.",
        IOException { HResult: ReadOnly } => " Nothing can be written there: choose another place.",
        UnauthorizedAccessException => " Change its permissions, or choose another place.",
        _ => "",
    };

    private static Failure Bug(Exception exception) => new(
        CommandLine.ExitCode.Failed,
        $"{exception.GetType().Name}: {OneLine(exception)} This is a bug in thinkrec; THINKREC_TRACE=1 shows where, please report it.");

    private static string WithoutParameter(ArgumentException exception) => exception.ParamName is null
        ? OneLine(exception)
        : OneLine(exception).Replace($" (Parameter '{exception.ParamName}')", "", StringComparison.Ordinal);

    private static string OneLine(Exception exception) => TerminalText.OneLine(exception.Message);
}

namespace ThinkRec.Cli.CommandLine;

/// <summary>What the tool's exit codes mean; part of its contract.</summary>
internal static class ExitCode
{
    /// <summary>The work is done.</summary>
    public const int Done = 0;

    /// <summary>The work failed.</summary>
    public const int Failed = 1;

    /// <summary>The call was wrong.</summary>
    public const int WrongCall = 2;

    /// <summary>Ctrl-C or SIGTERM stopped the work.</summary>
    public const int Interrupted = 130;
}

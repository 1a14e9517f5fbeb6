namespace ThinkRec.Cli.Commands.Diagnosis;

/// <summary>How bad a finding is.</summary>
internal enum Level
{
    Ok,
    Warning,
    Error,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Level">Error: thinkrec cannot work. Warning: it works, but not well.</param>
/// <param name="Value">What was found, for people.</param>
/// <param name="Advice">What to do; null when all is well.</param>
/// <param name="Facts">What was found, for programs.</param>
internal sealed record Finding(string Name, Level Level, string Value, string? Advice, object? Facts = null)
{
    public string LevelName => Level.ToString().ToLowerInvariant();

    /// <summary>A finding that is well when there is nothing to advise, and a warning otherwise.</summary>
    public static Finding Of(string name, string value, string? advice, object? facts = null) =>
        new(name, advice is null ? Level.Ok : Level.Warning, value, advice, facts);
}

/// <summary>The doctor found what keeps the tool from working.</summary>
/// <param name="message">Names the findings.</param>
internal sealed class NotReadyException(string message) : Exception(message);

namespace ThinkRec.Cli.CommandLine;

/// <summary>Says when it is time to tell of progress: not at once, so that what is quick stays quiet, and not all the time.</summary>
internal sealed class Pace
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private long _told = TimeProvider.System.GetTimestamp();

    /// <summary>Whether two seconds have passed since this was last true, or since the beginning.</summary>
    public bool IsDue()
    {
        if (TimeProvider.System.GetElapsedTime(_told) < Pause)
        {
            return false;
        }

        _told = TimeProvider.System.GetTimestamp();
        return true;
    }
}

namespace ThinkRec.Training.Loop;

/// <summary>How fast steps are done, validation and checkpoints left out, and how much memory the process holds.</summary>
internal sealed class Pace(TimeProvider timeProvider)
{
    private long _since = timeProvider.GetTimestamp();
    private int _steps;
    private long _tokens;

    /// <summary>A step was done.</summary>
    internal void Add(int tokens)
    {
        _steps++;
        _tokens += tokens;
    }

    /// <summary>Adds the speed since the last report, and begins anew.</summary>
    internal void Report(Dictionary<string, double> values)
    {
        double seconds = timeProvider.GetElapsedTime(_since).TotalSeconds;
        if (seconds > 0)
        {
            values["stepsPerSecond"] = _steps / seconds;
            if (_tokens > 0)
            {
                values["tokensPerSecond"] = _tokens / seconds;
            }
        }

        values["memoryMiB"] = Environment.WorkingSet / (double)(1 << 20);
        Restart();
    }

    /// <summary>Begins anew.</summary>
    internal void Restart() => (_since, _steps, _tokens) = (timeProvider.GetTimestamp(), 0, 0);
}

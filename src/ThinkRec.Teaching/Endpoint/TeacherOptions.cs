namespace ThinkRec.Teaching.Endpoint;

/// <summary>How a teacher behind an endpoint is asked about rows, and which of its answers are kept.</summary>
public sealed record TeacherOptions
{
    /// <summary>How it comes to a reason.</summary>
    public TeacherProtocol Protocol { get; init; } = TeacherProtocol.Blind;

    /// <summary>Votes that a blind teacher has on a row; the majority counts. Odd.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>Answers that a hinted teacher may give to one row.</summary>
    public int Tries { get; init; } = 4;

    /// <summary>Whether the thinking becomes the reason, as in the paper, and not what the teacher says in the end.</summary>
    public bool UseThinking { get; init; }

    /// <summary>Rows that are asked about at the same time.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Rows that are asked about at most, however few reasons come of them.</summary>
    public int MaxRows { get; init; } = int.MaxValue;

    /// <summary>Finds what cannot be.</summary>
    /// <exception cref="ArgumentException">Names every value that is out of range.</exception>
    public void Validate()
    {
        string[] problems =
        [
            .. Samples is < 1 or > 99 || Samples % 2 == 0 ? [$"samples must be an odd number from 1 to 99 but are {Samples}"] : Array.Empty<string>(),
            .. Tries is < 1 or > 99 ? [$"tries must be 1 to 99 but are {Tries}"] : Array.Empty<string>(),
            .. Concurrency is < 1 or > 1024 ? [$"concurrency must be 1 to 1024 but is {Concurrency}"] : Array.Empty<string>(),
            .. MaxRows < 1 ? [$"rows must be at least 1 but are {MaxRows}"] : Array.Empty<string>(),
        ];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"The teacher's options have {problems.Length} problem(s): {string.Join("; ", problems)}.");
        }
    }
}

namespace ThinkRec.Teaching.Keywords;

/// <summary>How a language model is asked for keywords.</summary>
public sealed record KeywordCalls
{
    /// <summary>Keywords of an item at most.</summary>
    public int Max { get; init; } = 10;

    /// <summary>Items in one question.</summary>
    public int Batch { get; init; } = 10;

    /// <summary>Questions that are asked at the same time.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Finds what cannot be.</summary>
    /// <exception cref="ArgumentException">Names every value that is out of range.</exception>
    public void Validate()
    {
        string[] problems =
        [
            .. Max is < 1 or > 50 ? [$"keywords of an item must be 1 to 50 but are {Max}"] : Array.Empty<string>(),
            .. Batch is < 1 or > 100 ? [$"items in a question must be 1 to 100 but are {Batch}"] : Array.Empty<string>(),
            .. Concurrency is < 1 or > 1024 ? [$"concurrency must be 1 to 1024 but is {Concurrency}"] : Array.Empty<string>(),
        ];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"The options for keywords have {problems.Length} problem(s): {string.Join("; ", problems)}.");
        }
    }
}

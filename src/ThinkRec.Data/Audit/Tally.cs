namespace ThinkRec.Data.Audit;

/// <summary>Counts what one check finds and keeps the first places.</summary>
internal sealed class Tally
{
    /// <summary>So many places are kept.</summary>
    public const int MaxExamples = 5;

    private readonly List<(int Subject, int Other)> _first = [];

    /// <summary>What was found so far.</summary>
    public int Count { get; private set; }

    /// <summary>Counts one.</summary>
    /// <param name="subject">Number of the row, user or item.</param>
    /// <param name="other">A number that the example's detail needs.</param>
    public void Add(int subject, int other = 0)
    {
        Count++;
        if (_first.Count < MaxExamples)
        {
            _first.Add((subject, other));
        }
    }

    /// <summary>The places kept.</summary>
    /// <param name="show">Makes an example of a subject and its other number.</param>
    public IReadOnlyList<AuditExample> Show(Func<int, int, AuditExample> show) => [.. _first.Select(pair => show(pair.Subject, pair.Other))];
}

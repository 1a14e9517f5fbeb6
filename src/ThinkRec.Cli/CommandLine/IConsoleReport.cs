namespace ThinkRec.Cli.CommandLine;

/// <summary>Where a command tells what happens and what came out; the same calls serve people and <c>--json</c>.</summary>
internal interface IConsoleReport
{
    /// <summary>A line of the result for people; left out with <c>--json</c>.</summary>
    void Line(string text);

    /// <summary>A piece of a line of the result for people, shown at once; left out with <c>--json</c>.</summary>
    void Piece(string text);

    /// <summary>A table of the result for people; left out with <c>--json</c>.</summary>
    void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows);

    /// <summary>What is going on now: on standard error, overwritten by the next on a terminal.</summary>
    void Progress(string text);

    /// <summary>The whole result as one JSON document; written with <c>--json</c> only, and once at most.</summary>
    void Document(object document);
}

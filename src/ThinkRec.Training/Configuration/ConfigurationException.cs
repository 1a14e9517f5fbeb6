namespace ThinkRec.Training.Configuration;

/// <summary>A configuration cannot be used; the message names every problem with its place.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Reports the problems of one source.</summary>
    /// <param name="source">The file, or what else the values came from.</param>
    /// <param name="problems">At least one sentence without a full stop.</param>
    public ConfigurationException(string source, IReadOnlyList<string> problems)
        : base($"{source} has {problems.Count} problem{(problems.Count == 1 ? "" : "s")}: {string.Join("; ", problems.Select(p => p.TrimEnd('.')))}.") =>
        Problems = problems;

    /// <summary>The sentences, one per problem, without the name of the source.</summary>
    public IReadOnlyList<string> Problems { get; }
}

using System.Text.RegularExpressions;

namespace ThinkRec.Models.Hub;

/// <summary>A repository of a hub, and which state of it is meant.</summary>
public sealed partial record ModelRepository
{
    private const int MaxRevision = 200;

    private ModelRepository(string name, string revision) => (Name, Revision) = (name, revision);

    /// <summary><c>OWNER/NAME</c>.</summary>
    public string Name { get; }

    /// <summary>A branch, a tag or a commit.</summary>
    public string Revision { get; }

    /// <summary>Reads a repository's name.</summary>
    /// <param name="name"><c>OWNER/NAME</c>.</param>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <returns>The repository; nobody has been asked whether it exists.</returns>
    /// <exception cref="ArgumentException">No hub has such names.</exception>
    public static ModelRepository Parse(string name, string revision = "main")
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(revision);
        if (!NamePattern().IsMatch(name) || name.Contains("..", StringComparison.Ordinal) || name.Contains("--", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' is no model's name: expected OWNER/NAME, as the hub shows it above a model's page, such as HuggingFaceTB/SmolLM2-135M.");
        }

        if (revision.Length > MaxRevision || !RevisionPattern().IsMatch(revision) || revision.Contains("..", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{revision}' is no revision: expected a branch, a tag or a commit, such as main.");
        }

        return new ModelRepository(name, revision);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} at {Revision}";

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9_][A-Za-z0-9._-]{0,95}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._/+-]*\z")]
    private static partial Regex RevisionPattern();
}

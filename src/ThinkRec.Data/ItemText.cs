namespace ThinkRec.Data;

/// <summary>What is known about an item in words.</summary>
/// <param name="Title">The title without the year.</param>
/// <param name="Description">Running text; empty when there is none.</param>
/// <param name="Keywords">Genres, properties or tags, most important first; none contains a comma.</param>
/// <param name="Year">When it came out; null when that is not known.</param>
public sealed record ItemText(string Title, string Description, IReadOnlyList<string> Keywords, int? Year = null)
{
    /// <summary>The text of the padding item.</summary>
    public static ItemText Empty { get; } = new(string.Empty, string.Empty, []);
}

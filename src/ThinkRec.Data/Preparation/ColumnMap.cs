using System.Text.RegularExpressions;

namespace ThinkRec.Data.Preparation;

/// <summary>Which field of a record says what. Roles that are not mapped are found by the names that logs usually use.</summary>
public sealed class ColumnMap
{
    /// <summary>Roles in a log.</summary>
    public static IReadOnlyList<string> LogRoles { get; } = ["user", "item", "rating", "label", "time"];

    /// <summary>Roles in a file about items.</summary>
    public static IReadOnlyList<string> ItemRoles { get; } = ["item", "title", "description", "keywords", "year"];

    /// <summary>Roles in a file of reasons.</summary>
    public static IReadOnlyList<string> ReasonRoles { get; } = ["user", "item", "reason", "answer", "time"];

    private static readonly Dictionary<string, string[]> Usual = new(StringComparer.Ordinal)
    {
        ["user"] = ["user_id", "userId", "user", "User_id", "reviewerID", "uid"],
        ["item"] = ["item_id", "itemId", "item", "movie_id", "movieId", "business_id", "asin", "iid"],
        ["rating"] = ["rating", "stars", "overall", "score"],
        ["label"] = ["label"],
        ["time"] = ["timestamp", "time", "date", "unixReviewTime"],
        ["reason"] = ["reason", "explanation"],
        ["answer"] = ["answer"],
        ["title"] = ["title", "movie_title", "Title", "name", "item_name"],
        ["description"] = ["description", "plot", "overview"],
        ["keywords"] = ["keywords", "genres", "genre", "class", "categories", "category"],
        ["year"] = ["year", "release_year", "publishedDate"],
    };

    private readonly Dictionary<string, string> _given;

    private ColumnMap(Dictionary<string, string> given) => _given = given;

    /// <summary>No role is mapped by hand.</summary>
    public static ColumnMap Empty { get; } = new([]);

    /// <summary>Reads a mapping.</summary>
    /// <param name="assignments">Each <c>role=name</c>, or several with commas between them.</param>
    /// <param name="roles">The roles there are.</param>
    /// <returns>The mapping.</returns>
    /// <exception cref="ArgumentException">One is not of this form, or maps an unknown role, or one a second time.</exception>
    public static ColumnMap Parse(IEnumerable<string> assignments, IReadOnlyList<string> roles)
    {
        ArgumentNullException.ThrowIfNull(assignments);
        ArgumentNullException.ThrowIfNull(roles);
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var assignment in assignments.SelectMany(assignment => Part(assignment, roles)))
        {
            var parts = assignment.Split('=', 2);
            if (parts.Length != 2 || parts[1].Length == 0 || !roles.Contains(parts[0]))
            {
                throw new ArgumentException($"expected ROLE=NAME with one of the roles {string.Join(", ", roles)} but found '{assignment}'.");
            }
            if (!given.TryAdd(parts[0], parts[1]))
            {
                throw new ArgumentException($"the role {parts[0]} is mapped twice, to '{given[parts[0]]}' and '{parts[1]}'.");
            }
        }
        return new ColumnMap(given);
    }

    /// <summary>Parts at commas before a role; a comma within a name is none of these.</summary>
    private static string[] Part(string assignments, IReadOnlyList<string> roles) =>
        Regex.Split(assignments, $",(?=(?:{string.Join('|', roles.Select(Regex.Escape))})=)", RegexOptions.CultureInvariant);

    /// <summary>Asks a file for the field of a role.</summary>
    /// <returns>The field; -1 when it is not mapped and no usual name is there.</returns>
    internal int Find(RecordFile file, string role)
    {
        var name = _given.TryGetValue(role, out var given) ? given : Usual[role].FirstOrDefault(usual => file.Names.Contains(usual));
        return name is null ? -1 : file.Ask(name);
    }

    /// <summary>Asks a file for the field of a role that must be there.</summary>
    /// <exception cref="DataFormatException">It is not mapped and no usual name is there.</exception>
    internal int Require(RecordFile file, string role)
    {
        var field = Find(file, role);
        return field >= 0 ? field : throw DataFormatException.At(file.FilePath, 1,
            $"none of the fields '{TableFile.Show(string.Join(", ", file.Names))}' has a usual name of the {role} ({string.Join(", ", Usual[role])}). Say which it is: {role}=NAME.");
    }
}

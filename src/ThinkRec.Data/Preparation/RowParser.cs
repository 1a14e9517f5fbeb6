using System.Globalization;

namespace ThinkRec.Data.Preparation;

/// <summary>Makes rows of texts, the same for all formats, and counts what is none.</summary>
/// <param name="malformed">Counts them.</param>
/// <param name="lowest">Lowest rating of the source.</param>
/// <param name="highest">Highest rating.</param>
internal sealed class RowParser(MalformedLines malformed, float lowest = float.MinValue, float highest = float.MaxValue)
{
    public const int MaxIdLength = 256;

    /// <summary>Makes a row.</summary>
    /// <returns>The row; null when a part is malformed, which is counted.</returns>
    public RawRow? Parse(string path, int line, string? user, string? item, string? rating, string? label, string? time)
    {
        var problem = ProblemOfId("user", user) ?? ProblemOfId("item", item);
        var stars = 0f;
        bool? isLike = null;
        var seconds = 0L;
        if (problem is null && rating is not null && !TryRating(rating, out stars))
        {
            problem = highest == float.MaxValue ? $"expected a finite number as rating but found '{TableFile.Show(rating)}'."
                : FormattableString.Invariant($"expected a rating from {lowest} to {highest} but found '{TableFile.Show(rating)}'.");
        }
        if (problem is null && label is not null && (isLike = LabelOf(label)) is null)
        {
            problem = $"expected label 0 or 1 but found '{TableFile.Show(label)}'.";
        }
        if (problem is null && rating is null && label is null)
        {
            problem = "expected a rating or a label but found neither.";
        }
        if (problem is null && !Moment.TryParse(time, out seconds))
        {
            problem = $"expected a time, as seconds since 1970 or as a date such as 2018-07-07 22:09:11, but found '{TableFile.Show(time ?? string.Empty)}'.";
        }
        if (problem is not null)
        {
            malformed.Add(path, line, problem);
            return null;
        }
        return new RawRow(user!, item!, rating is null ? (isLike == true ? 1 : 0) : stars, seconds, isLike);
    }

    /// <summary>What is wrong with an id; null when nothing is.</summary>
    public static string? ProblemOfId(string kind, string? id) =>
        string.IsNullOrWhiteSpace(id) ? $"expected the id of the {kind} but found nothing."
        : id.Length > MaxIdLength || HasControl(id) ? $"expected the id of the {kind} with at most {MaxIdLength} characters and no control characters but found '{TableFile.Show(TableFile.Clean(id))}'."
        : null;

    private static bool HasControl(ReadOnlySpan<char> text) => text.ContainsAnyInRange('\0', '\u001F') || text.ContainsAnyInRange('\u007F', '\u009F');

    private bool TryRating(string text, out float rating) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out rating) && float.IsFinite(rating) && rating >= lowest && rating <= highest;

    private static bool? LabelOf(string text) => text.Trim().ToUpperInvariant() switch
    {
        "1" or "1.0" or "TRUE" => true,
        "0" or "0.0" or "FALSE" => false,
        _ => null,
    };
}

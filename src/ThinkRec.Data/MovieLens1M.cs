using System.Globalization;
using System.Text.RegularExpressions;

namespace ThinkRec.Data;

/// <summary>MovieLens-1M as CoLLM and ThinkRec split it.</summary>
/// <remarks>
/// Months are counted from April 2000 (UTC): train 14–23 (June 2001 to March 2002), valid 24–28, test 29–33 (to January 2003); all other rows are
/// dropped, from histories too. Likes are ratings of 4 and 5. Differs from the authors' notebook: ids are dense over the rows used, in the order of the raw
/// ids, because theirs depend on the version of their table library.
/// </remarks>
public static partial class MovieLens1M
{
    /// <summary>Reads the raw files and keeps the rows of the three windows.</summary>
    /// <param name="rawFolder">The folder with ratings.dat or ratings.dat.gz, movies.dat and, if you have it, users.dat.</param>
    /// <param name="options">Texts and tolerance; null for none.</param>
    /// <returns>The dataset; its card notes empty splits and lines left out.</returns>
    /// <exception cref="DataFormatException">A file is missing or malformed, or no row lies in the windows.</exception>
    public static Dataset Prepare(string rawFolder, MovieLensOptions? options = null)
    {
        options ??= new MovieLensOptions();
        var reader = new MovieLensReader(rawFolder, options.MaxBad);
        var movies = reader.ReadMovies();
        var users = reader.ReadUsers();
        var texts = options.ItemTextsFile is { } file ? reader.ReadTexts(Path.GetFullPath(file)) : [];
        var used = reader.ReadRatings(movies, users).Where(rating => SplitOf(rating.Timestamp, options.TestMonths) != Split.None).ToList();
        if (used.Count == 0)
        {
            throw new DataFormatException($"{rawFolder}: none of the ratings lies between June 2001 and January 2003. Give the original files of MovieLens-1M.");
        }
        var userIds = used.Select(rating => rating.User).Distinct().Order().ToArray();
        var movieIds = used.Select(rating => rating.Movie).Distinct().Order().ToArray();
        var rows = used.OrderBy(rating => rating.Timestamp).Select(rating => new Interaction(   // a stable sort: ties keep the file's order
            Array.BinarySearch(userIds, rating.User) + 1,
            Array.BinarySearch(movieIds, rating.Movie) + 1,
            rating.Rating,
            rating.Rating >= 4,
            rating.Timestamp,
            SplitOf(rating.Timestamp, options.TestMonths))).ToArray();
        return new Dataset
        {
            Card = CardOf(options, Notes(rows, reader)),
            Users = Map(userIds),
            Items = Map(movieIds),
            ItemTexts = [ItemText.Empty, .. movieIds.Select(id => TextOf(movies[id], texts.GetValueOrDefault(id)))],
            Interactions = rows,
        };
    }

    /// <summary>The split of a moment.</summary>
    /// <param name="timestamp">Seconds since 1970-01-01 UTC.</param>
    /// <param name="testMonths">As <see cref="MovieLensOptions.TestMonths"/>.</param>
    /// <returns>The split, or None outside the windows.</returns>
    public static Split SplitOf(long timestamp, int testMonths = 0)
    {
        var date = DateTimeOffset.FromUnixTimeSeconds(timestamp).UtcDateTime;
        var month = ((date.Year - 2000) * 12) + date.Month - 4;
        return month switch
        {
            >= 14 and <= 23 => Split.Train,
            >= 24 and <= 28 => month > 28 - testMonths ? Split.Test : Split.Valid,
            >= 29 and <= 33 when testMonths == 0 => Split.Test,
            _ => Split.None,
        };
    }

    private static IdMap Map(int[] ids) => new(ids.Select(id => id.ToString(CultureInfo.InvariantCulture)));

    private static ItemText TextOf(MovieLensMovie movie, string? description)
    {
        var year = TrailingYear().Match(movie.Title);
        var title = year.Success ? movie.Title[..year.Index] : movie.Title;
        return new ItemText(TableFile.Clean(title), description ?? year.Groups[1].Value, [.. movie.Genres],
            int.TryParse(year.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 9999 ? number : null);
    }

    private static List<string> Notes(Interaction[] rows, MovieLensReader reader)
    {
        var empty = Enumerable.Range(0, 3).Select(split => (Split)split).Where(split => rows.All(row => row.Split != split));
        List<string> notes = [.. empty.Select(split => $"The {split.ToString().ToLowerInvariant()} split is empty: the raw files hold no rating in its window.")];
        if (reader.Malformed is { } malformed)
        {
            notes.Add(malformed);
        }
        return notes;
    }

    private static DatasetCard CardOf(MovieLensOptions options, List<string> notes) => new()
    {
        Name = "ml-1m",
        ItemNoun = "movie",
        ItemNounPlural = "movies",
        Source = "MovieLens 1M, GroupLens Research (research use; no redistribution)",
        Created = $"MovieLens-1M reader; item texts: {(options.ItemTextsFile is { } file ? Path.GetFileName(file) : "none")}",
        Filters = "ratings outside the three windows are dropped; no frequency filter",
        PositiveFrom = 4,
        Windows = new Dictionary<string, string>
        {
            ["train"] = "2001-06-01 to 2002-03-31 UTC",
            ["valid"] = $"2002-04-01 to {new DateOnly(2002, 9, 1).AddMonths(-options.TestMonths).AddDays(-1):yyyy-MM-dd} UTC",
            ["test"] = options.TestMonths == 0 ? "2002-09-01 to 2003-01-31 UTC" : $"{new DateOnly(2002, 9, 1).AddMonths(-options.TestMonths):yyyy-MM-dd} to 2002-08-31 UTC",
        },
        Notes = notes,
    };

    [GeneratedRegex(@"\s*\((\d+)\)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex TrailingYear();
}

namespace ThinkRec.Data.Preparation;

/// <summary>How one of the two older MovieLens sets is written.</summary>
/// <param name="Title">Its name for messages.</param>
/// <param name="Ratings">Names of the file of ratings.</param>
/// <param name="RatingSeparator">What parts user, movie, rating and time.</param>
/// <param name="RatingFields">The fields of a rating in words.</param>
/// <param name="Movies">Name of the file of movies.</param>
/// <param name="Users">Name of the file of users, which is optional.</param>
/// <param name="Separator">What parts the fields of both.</param>
/// <param name="NumMovieFields">Fields of a movie.</param>
/// <param name="MovieFields">They in words.</param>
/// <param name="UserFields">The five fields of a user in words.</param>
/// <param name="GenresOf">Reads the genres; null when they are malformed.</param>
internal sealed record MovieLensLayout(
    string Title, string[] Ratings, string RatingSeparator, string RatingFields, string Movies, string Users, string Separator,
    int NumMovieFields, string MovieFields, string UserFields, Func<string[], string[]?> GenresOf)
{
    private const int NumFieldsBeforeFlags = 5;

    // In the order of the flags, as its README and u.genre say.
    private static readonly string[] Genres =
    [
        "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical",
        "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
    ];

    /// <summary>Fields between '::'.</summary>
    public static MovieLensLayout OneMillion { get; } = new(
        "MovieLens-1M", ["ratings.dat", "ratings.dat.gz"], "::", "UserID::MovieID::Rating::Timestamp", "movies.dat", "users.dat", "::",
        3, "MovieID::Title::Genres", "UserID::Gender::Age::Occupation::Zip", fields => fields[2].Split('|', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Fields between tabs and '|', genres as flags.</summary>
    public static MovieLensLayout HundredThousand { get; } = new(
        "MovieLens-100K", ["u.data", "u.data.gz"], "\t", "user\\tmovie\\trating\\ttime", "u.item", "u.user", "|",
        NumFieldsBeforeFlags + Genres.Length, "movie|title|release|video release|URL|19 genre flags", "user|age|gender|occupation|zip", GenresOfFlags);

    private static string[]? GenresOfFlags(string[] fields)
    {
        var flags = fields[NumFieldsBeforeFlags..];
        return flags.All(flag => flag is "0" or "1") ? [.. Genres.Where((_, genre) => genre > 0 && flags[genre] == "1")] : null;
    }
}

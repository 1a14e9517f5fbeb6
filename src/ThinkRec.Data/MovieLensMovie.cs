namespace ThinkRec.Data;

/// <summary>A line of movies.dat.</summary>
/// <param name="Title">The title with the year in parentheses, as in the file.</param>
/// <param name="Genres">The genres in the file's order.</param>
public sealed record MovieLensMovie(string Title, IReadOnlyList<string> Genres);

using System.Globalization;
using System.Text;

namespace ThinkRec.Data.Preparation;

/// <summary>The original files of MovieLens 1M and 100K: ISO-8859-1, plain or gzipped.</summary>
/// <param name="folder">Where they are.</param>
/// <param name="layout">How they are written.</param>
/// <param name="textsFile">Texts about the movies; null for none.</param>
/// <param name="malformed">Counts malformed lines.</param>
internal sealed class MovieLensSource(string folder, MovieLensLayout layout, string? textsFile, MalformedLines malformed) : IRawSource
{
    private Dictionary<string, (string Title, string[] Genres)> _movies = [];
    private HashSet<string>? _users;
    private Dictionary<string, string> _texts = [];

    public IEnumerable<string> Notes => malformed.Summary is { } summary ? [summary] : [];

    // Rows of unknown movies are malformed here, since these sets are whole.
    public IReadOnlySet<string>? DescribedItems()
    {
        _movies = ReadMovies();
        _users = ReadUsers();
        _texts = textsFile is null ? [] : MovieTexts.Read(Path.GetFullPath(textsFile), malformed);
        return null;
    }

    public IEnumerable<RawRow> Rows()
    {
        var path = Existing(layout.Ratings);
        foreach (var (line, text) in RawLineReader.Texts(path, Encoding.Latin1, malformed))
        {
            var fields = text.Split(layout.RatingSeparator);
            if (fields.Length != 4)
            {
                malformed.Add(path, line, $"expected 4 fields '{layout.RatingFields}' but found {fields.Length}: '{TableFile.Show(text)}'.");
            }
            else if (!TryId(fields[0], out var user) || !TryId(fields[1], out var movie) || !TryInt(fields[2], out var rating)
                || rating is < 1 or > 5 || !long.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var timestamp)
                || timestamp > DateTimeOffset.MaxValue.ToUnixTimeSeconds() - 1)
            {
                malformed.Add(path, line, $"expected whole numbers and a rating from 1 to 5 but found '{TableFile.Show(text)}'.");
            }
            else if (!_movies.ContainsKey(movie) || _users?.Contains(user) == false)
            {
                malformed.Add(path, line, $"user {user} is not in {layout.Users} or movie {movie} is not in {layout.Movies}: '{TableFile.Show(text)}'.");
            }
            else
            {
                malformed.Meter?.CountRow();
                yield return new RawRow(user, movie, rating, timestamp);
            }
        }
        malformed.Check();
    }

    public IEnumerable<KeyValuePair<string, ItemText>> Texts(Func<string, bool> isWanted) =>
        _movies.Where(movie => isWanted(movie.Key)).Select(movie => KeyValuePair.Create(movie.Key, TextOf(movie.Key, movie.Value.Title, movie.Value.Genres)));

    private Dictionary<string, (string Title, string[] Genres)> ReadMovies()
    {
        var movies = new Dictionary<string, (string, string[])>(StringComparer.Ordinal);
        var path = Existing(layout.Movies);
        foreach (var (line, text) in RawLineReader.Texts(path, Encoding.Latin1, malformed))
        {
            var fields = text.Split(layout.Separator);
            if (fields.Length != layout.NumMovieFields || !TryId(fields[0], out var id) || layout.GenresOf(fields) is not { } genres)
            {
                malformed.Add(path, line, $"expected {layout.NumMovieFields} fields '{layout.MovieFields}' but found {fields.Length}: '{TableFile.Show(text)}'.");
            }
            else if (!movies.TryAdd(id, (fields[1], genres)))
            {
                malformed.Add(path, line, $"MovieID {id} was already described above.");
            }
        }
        malformed.Check();
        return movies;
    }

    private HashSet<string>? ReadUsers()
    {
        var path = Path.Combine(folder, layout.Users);
        if (!File.Exists(path))
        {
            return null;
        }
        var users = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (line, text) in RawLineReader.Texts(path, Encoding.Latin1, malformed))
        {
            var fields = text.Split(layout.Separator);
            if (fields.Length != 5 || !TryId(fields[0], out var id) || !users.Add(id))
            {
                malformed.Add(path, line, $"expected 5 fields '{layout.UserFields}' with a new UserID but found {fields.Length}: '{TableFile.Show(text)}'.");
            }
        }
        malformed.Check();
        return users;
    }

    private ItemText TextOf(string id, string fullTitle, string[] genres)
    {
        var (title, year, yearText) = ItemWords.PartYear(fullTitle);
        return new ItemText(TableFile.Clean(title), _texts.GetValueOrDefault(id) ?? yearText, genres, year);
    }

    // Without leading zeros, so that one user has one id.
    private static bool TryId(string text, out string id)
    {
        id = text;
        if (!TryInt(text, out var number))
        {
            return false;
        }
        if (text[0] == '0')
        {
            id = number.ToString(CultureInfo.InvariantCulture);
        }
        return true;
    }

    private static bool TryInt(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private string Existing(params string[] names) =>
        names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
        ?? throw new DataFormatException($"{Path.Combine(folder, names[0])}: there is no such file{(names.Length > 1 ? $", nor {names[1]}" : string.Empty)}. Give the folder with the original {layout.Title} files.");
}

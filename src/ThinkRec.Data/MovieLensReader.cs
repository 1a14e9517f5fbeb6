using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ThinkRec.Data;

/// <summary>Streams the original MovieLens-1M files: fields between '::', ISO-8859-1, plain or gzipped.</summary>
public sealed class MovieLensReader
{
    private static readonly string[] TextFields = ["plot", "overview", "abstract", "imdb_description"];

    private readonly string _folder;
    private readonly MalformedLines _malformed;

    /// <summary>Points the reader at a folder.</summary>
    /// <param name="folder">The folder with ratings.dat or ratings.dat.gz and movies.dat.</param>
    /// <param name="maxBad">So many malformed lines are left out; one more is an error.</param>
    public MovieLensReader(string folder, int maxBad = 0)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBad);
        _folder = folder;
        _malformed = new MalformedLines(maxBad);
    }

    /// <summary>What was left out so far, with the first ten places; null when nothing was.</summary>
    public string? Malformed => _malformed.Summary;

    /// <summary>Reads movies.dat.</summary>
    /// <returns>Title as in the file, and genres, by MovieID.</returns>
    /// <exception cref="DataFormatException">The file is missing, or too many lines are malformed.</exception>
    public Dictionary<int, MovieLensMovie> ReadMovies()
    {
        var movies = new Dictionary<int, MovieLensMovie>();
        var path = Existing("movies.dat");
        foreach (var (line, text) in Lines(path, Encoding.Latin1))
        {
            var fields = text.Split("::");
            if (fields.Length != 3 || !TryInt(fields[0], out var id))
            {
                _malformed.Add(path, line, $"expected 3 fields 'MovieID::Title::Genres' but found {fields.Length}: '{TableFile.Show(text)}'.");
            }
            else if (!movies.TryAdd(id, new MovieLensMovie(fields[1], fields[2].Split('|', StringSplitOptions.RemoveEmptyEntries))))
            {
                _malformed.Add(path, line, $"MovieID {id} was already described above.");
            }
        }
        _malformed.Check();
        return movies;
    }

    /// <summary>Reads users.dat, which is optional.</summary>
    /// <returns>The UserIDs, or null when there is no such file.</returns>
    /// <exception cref="DataFormatException">Too many lines are malformed.</exception>
    public HashSet<int>? ReadUsers()
    {
        var path = Path.Combine(_folder, "users.dat");
        if (!File.Exists(path))
        {
            return null;
        }
        var users = new HashSet<int>();
        foreach (var (line, text) in Lines(path, Encoding.Latin1))
        {
            var fields = text.Split("::");
            if (fields.Length != 5 || !TryInt(fields[0], out var id) || !users.Add(id))
            {
                _malformed.Add(path, line, $"expected 5 fields 'UserID::Gender::Age::Occupation::Zip' with a new UserID but found {fields.Length}: '{TableFile.Show(text)}'.");
            }
        }
        _malformed.Check();
        return users;
    }

    /// <summary>Streams ratings.dat, or ratings.dat.gz, in the file's order.</summary>
    /// <param name="movies">A rating of a movie that is not among them is malformed.</param>
    /// <param name="users">A rating by a user who is not among them is malformed; null: every user is known.</param>
    /// <returns>The ratings one by one.</returns>
    /// <exception cref="DataFormatException">The file is missing or cut, or too many lines are malformed.</exception>
    public IEnumerable<MovieLensRating> ReadRatings(Dictionary<int, MovieLensMovie> movies, HashSet<int>? users)
    {
        ArgumentNullException.ThrowIfNull(movies);
        var path = Existing("ratings.dat", "ratings.dat.gz");
        foreach (var (line, text) in Lines(path, Encoding.Latin1))
        {
            var fields = text.Split("::");
            if (fields.Length != 4)
            {
                _malformed.Add(path, line, $"expected 4 fields 'UserID::MovieID::Rating::Timestamp' but found {fields.Length}: '{TableFile.Show(text)}'.");
            }
            else if (!TryInt(fields[0], out var user) || !TryInt(fields[1], out var movie) || !TryInt(fields[2], out var rating)
                || rating is < 1 or > 5 || !long.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var timestamp)
                || timestamp > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            {
                _malformed.Add(path, line, $"expected whole numbers and a rating from 1 to 5 but found '{TableFile.Show(text)}'.");
            }
            else if (!movies.ContainsKey(movie) || users?.Contains(user) == false)
            {
                _malformed.Add(path, line, $"user {user} is not in users.dat or movie {movie} is not in movies.dat: '{TableFile.Show(text)}'.");
            }
            else
            {
                yield return new MovieLensRating(user, movie, rating, timestamp);
            }
        }
        _malformed.Check();
    }

    /// <summary>Reads texts about movies from JSON lines.</summary>
    /// <param name="path">A .jsonl or .jsonl.gz file in UTF-8.</param>
    /// <returns>The first present text of plot, overview, abstract, imdb_description, by MovieID.</returns>
    /// <exception cref="DataFormatException">The file is missing or cut, or too many lines are malformed.</exception>
    public Dictionary<int, string> ReadTexts(string path)
    {
        var texts = new Dictionary<int, string>();
        foreach (var (line, json) in Lines(Existing(path), AtomicFile.Utf8))
        {
            try
            {
                using var document = JsonDocument.Parse(json);
                var movie = document.RootElement.GetProperty("MovieID").GetInt32();
                var text = TextFields.Select(field => TextOf(document.RootElement, field)).FirstOrDefault(text => text.Length > 0);
                if (text is not null && !texts.TryAdd(movie, text))
                {
                    _malformed.Add(path, line, $"MovieID {movie} was already described above.");
                }
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                _malformed.Add(path, line, $"expected a JSON object with a number MovieID but found '{TableFile.Show(json)}'.");
            }
        }
        _malformed.Check();
        return texts;
    }

    private static string TextOf(JsonElement movie, string field) =>
        movie.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? TableFile.Clean(value.GetString()!).Trim() : string.Empty;

    private static bool TryInt(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private string Existing(params string[] names) =>
        names.Select(name => Path.Combine(_folder, name)).FirstOrDefault(File.Exists)
        ?? throw new DataFormatException($"{Path.Combine(_folder, names[0])}: there is no such file{(names.Length > 1 ? $", nor {names[1]}" : string.Empty)}. Give the folder with the original MovieLens-1M files.");

    private static IEnumerable<(int Line, string Text)> Lines(string path, Encoding encoding)
    {
        using var stream = RawFile.Open(path);
        using var reader = new StreamReader(stream, encoding);
        var line = 1;
        for (; NextLine(reader, path, line) is { } text; line++)
        {
            yield return (line, text);
        }
        if (line == 1)
        {
            throw DataFormatException.At(path, 1, "the file is empty. Download it again.");
        }
    }

    private static string? NextLine(StreamReader reader, string path, int line)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (Exception error) when (error is InvalidDataException or DecoderFallbackException)
        {
            throw new DataFormatException($"{Path.GetFileName(path)}:{line}: the file is damaged from here on ({error.Message}) Download it again.", error);
        }
    }
}

namespace ThinkRec.Data.Preparation;

/// <summary>Texts about films, as JSON lines with MovieID, movie_id or movieId and one of several texts.</summary>
internal static class MovieTexts
{
    private static readonly string[] Ids = ["MovieID", "movie_id", "movieId"];
    private static readonly string[] Texts = ["plot", "overview", "abstract", "imdb_description", "description"];

    /// <summary>Reads the file.</summary>
    /// <returns>The first text that is there, by id.</returns>
    /// <exception cref="DataFormatException">The file is missing or cut, or too many lines are malformed.</exception>
    public static Dictionary<string, string> Read(string path, MalformedLines malformed)
    {
        if (!File.Exists(path))
        {
            throw new DataFormatException($"{path}: there is no such file. Give the JSON lines with texts about the movies.");
        }
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        using var file = new JsonRecords(path, malformed);
        int[] ids = [.. Ids.Select(file.Ask)], fields = [.. Texts.Select(file.Ask)];
        while (file.Next())
        {
            var id = ids.Select(field => file[field]).FirstOrDefault(value => !string.IsNullOrEmpty(value));
            var text = fields.Select(field => TableFile.Clean(file[field] ?? string.Empty).Trim()).FirstOrDefault(value => value.Length > 0);
            if (id is null || !id.All(char.IsAsciiDigit))
            {
                malformed.Add(path, file.Line, $"expected a JSON object with a number as MovieID but found '{TableFile.Show(TableFile.Clean(id ?? "none"))}'.");
            }
            else if (text is not null && !texts.TryAdd(id, text))
            {
                malformed.Add(path, file.Line, $"MovieID {id} was already described above.");
            }
        }
        malformed.Check();
        return texts;
    }
}

using System.Text;

namespace ThinkRec.Data.Preparation;

/// <summary>Where the files of known origins say what about items.</summary>
internal static class ItemLayouts
{
    private const string NoGenres = "(no genres listed)";

    /// <summary>Fields by a mapping, or by their usual names.</summary>
    /// <param name="map">The mapping.</param>
    /// <param name="arePartedBySpaces">Whether spaces part keywords where nothing else does, as in RecBole's files.</param>
    public static ItemLayout Mapped(ColumnMap map, bool arePartedBySpaces = false) => file =>
    {
        var (id, title, description) = (map.Require(file, "item"), map.Find(file, "title"), map.Find(file, "description"));
        var (keywords, year) = (map.Find(file, "keywords"), map.Find(file, "year"));
        return (id, () => new ItemText(
            ItemWords.Title(file[title]), ItemWords.Description(file[description]), ItemWords.KeywordsOf(file[keywords], arePartedBySpaces), ItemWords.Year(file[year])));
    };

    /// <summary>movies.csv of MovieLens: the title ends in the year in brackets.</summary>
    /// <param name="descriptions">Descriptions by id.</param>
    public static ItemLayout MovieLensCsv(Dictionary<string, string> descriptions) => file =>
    {
        var (id, title, genres) = (file.Ask("movieId"), file.Ask("title"), file.Ask("genres"));
        ItemText Text()
        {
            var (name, year, yearText) = ItemWords.PartYear(ItemWords.Title(file[title]));
            return new ItemText(name, descriptions.GetValueOrDefault(file[id]!) ?? yearText, file[genres] == NoGenres ? [] : ItemWords.KeywordsOf(file[genres]), year);
        }
        return (id, Text);
    };

    /// <summary>meta_CATEGORY.json of Amazon Reviews 2018. The first category names the whole file and is left out.</summary>
    public static (int Id, Func<ItemText> Text) Amazon(RecordFile file)
    {
        var (id, title, description, category) = (file.Ask("asin"), file.Ask("title"), file.Ask("description"), file.Ask("category"));
        ItemText Text()
        {
            // Some titles are a script of the page that they were taken from.
            var isScript = file[title]?.Contains("getTime", StringComparison.Ordinal) == true;
            return new ItemText(
                isScript ? string.Empty : ItemWords.Title(file[title]),
                ItemWords.Description(file[description]?.Replace('|', ' ')),
                ItemWords.Keywords((file[category] ?? string.Empty).Split('|').Skip(1)));
        }
        return (id, Text);
    }

    /// <summary>yelp_academic_dataset_business.json: place and attributes that are true make the description, categories the keywords.</summary>
    public static (int Id, Func<ItemText> Text) Yelp(RecordFile file)
    {
        var (id, name, city, state) = (file.Ask("business_id"), file.Ask("name"), file.Ask("city"), file.Ask("state"));
        var (attributes, categories) = (file.Ask("attributes"), file.Ask("categories"));
        ItemText Text()
        {
            var place = string.Join(", ", new[] { file[city]?.Trim(), Regions.NameOf(file[state]) }.Where(part => !string.IsNullOrEmpty(part)));
            var words = string.Join(", ", (file[attributes] ?? string.Empty).Split('|', StringSplitOptions.RemoveEmptyEntries).Select(Words));
            return new ItemText(
                ItemWords.Title(file[name]),
                ItemWords.Description(string.Join(". ", new[] { place, words }.Where(part => part.Length > 0))),
                ItemWords.Keywords((file[categories] ?? string.Empty).Split(", ")));
        }
        return (id, Text);
    }

    // OutdoorSeating -> outdoor seating, HasTV -> has tv
    private static string Words(string camelCase)
    {
        var words = new StringBuilder();
        for (var i = 0; i < camelCase.Length; i++)
        {
            if (i > 0 && char.IsUpper(camelCase[i]) && !char.IsUpper(camelCase[i - 1]))
            {
                words.Append(' ');
            }
            words.Append(char.ToLowerInvariant(camelCase[i]));
        }
        return words.ToString();
    }
}

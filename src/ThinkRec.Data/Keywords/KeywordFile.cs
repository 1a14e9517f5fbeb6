using ThinkRec.Data.Preparation;

namespace ThinkRec.Data.Keywords;

/// <summary>Reads keywords that somebody else made: a table or JSON lines with <c>item_id</c> and <c>keywords</c>.</summary>
public static class KeywordFile
{
    private const string Item = "item_id";
    private const string Words = "keywords";

    /// <summary>Reads the file.</summary>
    /// <param name="path">A file .csv, .tsv or .jsonl, plain or gzipped. Keywords are a list, or parted by '|', ';' or ','.</param>
    /// <param name="dataset">The dataset whose items are meant.</param>
    /// <returns>Keywords by item index, and the number of lines about items that the dataset has not got.</returns>
    /// <exception cref="DataFormatException">The file is missing, a line is malformed, an item comes twice, or none is of the dataset.</exception>
    public static (string[][] Keywords, int Unknown) Read(string path, Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (!File.Exists(path))
        {
            throw new DataFormatException($"{path}: there is no such file. Name one with the columns {Item} and {Words}.");
        }
        var malformed = new MalformedLines(0);
        var keywords = new string[dataset.Items.Count][];
        var unknown = 0;
        using var file = RecordFile.Open(path, malformed);
        foreach (var name in new[] { Item, Words }.Where(name => !file.Names.Contains(name)))
        {
            throw DataFormatException.At(path, 1, $"expected a field '{name}' but found '{TableFile.Show(string.Join(", ", file.Names))}'. Name the fields {Item} and {Words}.");
        }
        var (id, words) = (file.Ask(Item), file.Ask(Words));
        while (file.Next())
        {
            if (RowParser.ProblemOfId("item", file[id]) is { } problem)
            {
                malformed.Add(path, file.Line, problem);
            }
            else if (dataset.Items.Find(file[id]!) is not { } item)
            {
                unknown++;
            }
            else if (keywords[item] is not null)
            {
                malformed.Add(path, file.Line, $"item '{TableFile.Show(file[id]!)}' already has keywords above. Remove one of the lines.");
            }
            else
            {
                keywords[item] = ItemWords.KeywordsOf(file[words]);
            }
        }
        malformed.Check();
        return Array.TrueForAll(keywords, found => found is null)
            ? throw new DataFormatException($"{path}: none of its {unknown} items is in '{dataset.Name}'. Give the ids of {dataset.Name}.item.")
            : (Array.ConvertAll(keywords, found => found ?? []), unknown);
    }
}

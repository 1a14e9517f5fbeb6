using System.Globalization;

namespace ThinkRec.Data;

/// <summary>Reads a prepared dataset's folder and checks every line.</summary>
internal sealed class DatasetReader
{
    private readonly string _folder;
    private readonly DatasetCard _card;

    public DatasetReader(string folder)
    {
        _folder = folder;
        _card = DatasetCard.Read(Path.Combine(folder, DatasetCard.FileName));
    }

    private string EarlierFile => _card.Name + DatasetWriter.EarlierExtension;

    private bool HasTruth => _card.Files.ContainsKey(DatasetWriter.TruthFile);

    public Dataset Read()
    {
        CheckFiles();
        var users = ReadUsers(PathOf(".user"));
        var (items, texts) = ReadItems(PathOf(".item"));
        var rows = ReadInteractions(PathOf(".inter"), users, items);
        var earlier = _card.Files.ContainsKey(EarlierFile) ? ReadInteractions(Path.Combine(_folder, EarlierFile), users, items) : [];
        var truth = HasTruth ? ReadTruth(Path.Combine(_folder, DatasetWriter.TruthFile), rows, users.Count) : default;
        var dataset = new Dataset
        {
            Card = _card,
            Users = users,
            Items = items,
            ItemTexts = texts,
            Interactions = rows,
            EarlierRows = earlier,
            TrueProbabilities = truth.Probabilities,
            TrueGroups = truth.Groups,
        };
        CheckCounts(dataset);
        if (earlier.Length > 0 && rows.Length > 0 && earlier[^1].Timestamp >= rows[0].Timestamp)
        {
            throw DataFormatException.At(EarlierFile, earlier.Length + 1, $"timestamp {earlier[^1].Timestamp} is not before the first row of {_card.Name}.inter, at {rows[0].Timestamp}. Prepare the dataset again.");
        }
        return dataset;
    }

    private string PathOf(string extension) => Path.Combine(_folder, _card.Name + extension);

    private void CheckFiles()
    {
        string[] expected = [_card.Name + ".inter", _card.Name + ".item", _card.Name + ".user"];
        foreach (var name in expected.Where(name => !_card.Files.ContainsKey(name)))
        {
            throw new DataFormatException($"{DatasetCard.FileName}: expected a checksum for '{name}' but 'files' has {string.Join(", ", _card.Files.Keys)}. Prepare the dataset again.");
        }
        foreach (var (name, checksum) in _card.Files)
        {
            if (name != DatasetWriter.TruthFile && name != EarlierFile && !expected.Contains(name))
            {
                throw new DataFormatException($"{DatasetCard.FileName}: 'files' names '{name}', which is no part of a prepared dataset. Prepare the dataset again.");
            }
            var path = Path.Combine(_folder, name);
            if (!File.Exists(path))
            {
                throw new DataFormatException($"{path}: there is no such file, but {DatasetCard.FileName} lists it. Prepare the dataset again or copy the whole folder.");
            }
            var found = DatasetWriter.Checksum(path);
            if (found != checksum)
            {
                throw new DataFormatException($"{name}: expected SHA-256 {checksum} but found {found}; the file was changed or cut after it was prepared. Prepare the dataset again or copy the whole folder.");
            }
        }
    }

    private static IdMap ReadUsers(string path)
    {
        var ids = new List<string>();
        foreach (var (line, fields) in TableFile.Read(path, TableFile.Users))
        {
            ids.Add(fields[0]);
            CheckId(path, line, "user", fields[0]);
        }
        return Map(path, ids);
    }

    private static (IdMap Items, ItemText[] Texts) ReadItems(string path)
    {
        var ids = new List<string>();
        var texts = new List<ItemText> { ItemText.Empty };
        foreach (var (line, fields) in TableFile.Read(path, TableFile.Items, TableFile.ItemsWithYear))
        {
            CheckId(path, line, "item", fields[0]);
            ids.Add(fields[0]);
            texts.Add(new ItemText(fields[1], fields[2], fields[3].Split(DatasetWriter.KeywordSeparator, StringSplitOptions.RemoveEmptyEntries), fields.Length > 4 ? ReadYear(path, line, fields[4]) : null));
        }
        return (Map(path, ids), [.. texts]);
    }

    private static int? ReadYear(string path, int line, string text) =>
        text.Length == 0 ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int year) && year is >= 1 and <= 9999 ? year
        : throw DataFormatException.At(path, line, $"expected a year from 1 to 9999, or nothing, but found '{TableFile.Show(text)}'. Correct the field or leave it empty.");

    private static void CheckId(string path, int line, string kind, string id)
    {
        if (id.Length == 0 || id.Any(char.IsControl))
        {
            throw DataFormatException.At(path, line, $"expected the id of the {kind} without control characters but found '{TableFile.Show(id)}'. Every {kind} needs an id.");
        }
    }

    private static IdMap Map(string path, List<string> ids)
    {
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < ids.Count; i++)
        {
            if (!lines.TryAdd(ids[i], i + 2))
            {
                throw DataFormatException.At(path, i + 2, $"id '{TableFile.Show(ids[i])}' was already on line {lines[ids[i]]}. Remove one of the two lines.");
            }
        }
        return new IdMap(ids);
    }

    private Interaction[] ReadInteractions(string path, IdMap users, IdMap items)
    {
        var rows = new List<Interaction>();
        foreach (var (line, fields) in TableFile.Read(path, TableFile.Interactions))
        {
            var user = users.Find(fields[0]) ?? throw DataFormatException.At(path, line, $"user '{TableFile.Show(fields[0])}' is not in {_card.Name}.user. Add the user there or remove the line.");
            var item = items.Find(fields[1]) ?? throw DataFormatException.At(path, line, $"item '{TableFile.Show(fields[1])}' is not in {_card.Name}.item. Add the item there or remove the line.");
            var rating = Number(path, line, "rating", fields[2]);
            var label = fields[3] switch
            {
                "0" => false,
                "1" => true,
                _ => throw DataFormatException.At(path, line, $"expected label 0 or 1 but found '{TableFile.Show(fields[3])}'."),
            };
            var row = new Interaction(user, item, (float)rating, label, Integer(path, line, "timestamp", fields[4]), path.EndsWith(DatasetWriter.EarlierExtension, StringComparison.Ordinal) ? EarlierSplit(path, line, fields[5]) : SplitOf(path, line, fields[5]));
            CheckRow(path, line, row, rows);
            rows.Add(row);
        }
        return [.. rows];
    }

    private void CheckRow(string path, int line, Interaction row, List<Interaction> above)
    {
        if (above.Count > 0 && row.Timestamp < above[^1].Timestamp)
        {
            throw DataFormatException.At(path, line, $"timestamp {row.Timestamp} is before that of the line above, {above[^1].Timestamp}. Sort the lines by timestamp, keeping the order of equal ones.");
        }
        if (_card.PositiveFrom is { } threshold && row.Label != row.Rating >= threshold)
        {
            throw DataFormatException.At(path, line, $"label {(row.Label ? 1 : 0)} contradicts rating {row.Rating}; {DatasetCard.FileName} says that likes start at {threshold}.");
        }
    }

    private static (double[] Probabilities, int[] Groups) ReadTruth(string path, Interaction[] rows, int numUsers)
    {
        var probabilities = new List<double>(rows.Length);
        var groups = new int[numUsers];
        Array.Fill(groups, -1);
        foreach (var (line, fields) in TableFile.Read(path, TableFile.Truth))
        {
            var row = probabilities.Count;
            if (row >= rows.Length || Integer(path, line, "row", fields[0]) != row)
            {
                throw DataFormatException.At(path, line, $"expected row {row} of {rows.Length} but found '{TableFile.Show(fields[0])}'. Generate the world again.");
            }
            var probability = Number(path, line, "probability", fields[1]);
            var group = Integer(path, line, "group", fields[2]);
            var user = rows[row].User;
            if (probability is < 0 or > 1 || group is < 0 or > short.MaxValue || (groups[user] >= 0 && groups[user] != group))
            {
                throw DataFormatException.At(path, line, $"expected a probability in [0, 1] and one group per user but found '{TableFile.Show(fields[1])}' and '{TableFile.Show(fields[2])}'. Generate the world again.");
            }
            probabilities.Add(probability);
            groups[user] = (int)group;
        }
        return probabilities.Count == rows.Length
            ? ([.. probabilities], groups)
            : throw DataFormatException.At(path, probabilities.Count + 2, $"expected {rows.Length} rows but found {probabilities.Count}. Generate the world again.");
    }

    private static double Number(string path, int line, string column, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite((float)value)
            ? value
            : throw DataFormatException.At(path, line, $"expected a finite number as {column} but found '{TableFile.Show(text)}'.");

    private static long Integer(string path, int line, string column, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw DataFormatException.At(path, line, $"expected a whole number as {column} but found '{TableFile.Show(text)}'.");

    private static Split EarlierSplit(string path, int line, string text) => text == DatasetWriter.EarlierExtension[1..] ? Split.None
        : throw DataFormatException.At(path, line, $"expected split {DatasetWriter.EarlierExtension[1..]} but found '{TableFile.Show(text)}'.");

    private static Split SplitOf(string path, int line, string text) => text switch
    {
        "train" => Split.Train,
        "valid" => Split.Valid,
        "test" => Split.Test,
        _ => throw DataFormatException.At(path, line, $"expected split train, valid or test but found '{TableFile.Show(text)}'."),
    };

    private void CheckCounts(Dataset dataset)
    {
        foreach (var (name, count) in DatasetWriter.CountsOf(dataset))
        {
            if (!_card.Counts.TryGetValue(name, out var expected) || expected != count)
            {
                throw new DataFormatException($"{DatasetCard.FileName}: 'counts' should say {count} for {name}, as the files do. Prepare the dataset again.");
            }
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using ThinkRec.Files;

namespace ThinkRec.Data;

/// <summary>Writes a prepared dataset's folder, all or nothing.</summary>
internal sealed class DatasetWriter
{
    public const string TruthFile = "truth.tsv";
    public const string EarlierExtension = ".earlier";
    public const string KeywordSeparator = ", ";

    private readonly Dataset _dataset;

    public DatasetWriter(Dataset dataset) => _dataset = dataset;

    public static string Checksum(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    public static Dictionary<string, int> CountsOf(Dataset dataset)
    {
        var counts = new Dictionary<string, int>
        {
            ["train"] = dataset.RowsOf(Split.Train).Length,
            ["valid"] = dataset.RowsOf(Split.Valid).Length,
            ["test"] = dataset.RowsOf(Split.Test).Length,
            ["users"] = dataset.Users.Count - 1,
            ["items"] = dataset.Items.Count - 1,
        };
        if (dataset.EarlierRows.Length > 0)
        {
            counts[EarlierExtension[1..]] = dataset.EarlierRows.Length;
        }
        return counts;
    }

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">The target.</param>
    /// <param name="kept">Files in it that are no part of the dataset and stay; null where there must be none.</param>
    public void Write(string folder, IReadOnlyList<string>? kept = null)
    {
        if (_dataset.FindProblem() is { } problem)
        {
            throw new ArgumentException($"The dataset '{_dataset.Name}' cannot be saved. {problem}");
        }
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (kept is null)
        {
            CheckTarget(target);
        }
        var parent = Path.GetDirectoryName(target) ?? throw new IOException($"{target} cannot be replaced; choose a folder below it.");
        Directory.CreateDirectory(parent);
        var temporary = Path.Combine(parent, $".{Path.GetFileName(target)}.{Environment.ProcessId}.new");
        try
        {
            Directory.CreateDirectory(temporary);
            WriteFiles(temporary);
            foreach (var name in kept ?? [])
            {
                File.Copy(Path.Combine(target, name), Path.Combine(temporary, name));
            }
            Exchange(temporary, target);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    public static void CheckTarget(string target)
    {
        if (File.Exists(target))
        {
            throw new IOException($"{target} is a file; a prepared dataset is a folder. Choose another name.");
        }
        for (var above = Path.GetDirectoryName(target); above is not null && !Directory.Exists(above); above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
            {
                throw new IOException($"{target} cannot be made, because {above} is a file. Choose another folder.");
            }
        }
        if (!Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Any())
        {
            return;
        }
        var cardPath = Path.Combine(target, DatasetCard.FileName);
        if (!File.Exists(cardPath))
        {
            throw new IOException($"{target} is not empty and not a prepared dataset (no {DatasetCard.FileName}). Choose another folder.");
        }
        if (EntriesBeside(cardPath).FirstOrDefault() is { } other)
        {
            throw new IOException($"{target} holds '{other}', which is no part of the dataset there and would be lost. Move it away or choose another folder.");
        }
    }

    public static IReadOnlyList<string> OthersIn(string target)
    {
        string[] others = [.. EntriesBeside(Path.Combine(target, DatasetCard.FileName)).Order(StringComparer.Ordinal)];
        return others.FirstOrDefault(name => Directory.Exists(Path.Combine(target, name))) is { } inner
            ? throw new IOException($"{target} holds a folder '{inner}', which is no part of the dataset there. Move it away, or write to another folder.")
            : others;
    }

    private static IEnumerable<string> EntriesBeside(string cardPath)
    {
        var known = DatasetCard.Read(cardPath).Files.Keys.Append(DatasetCard.FileName).ToHashSet(StringComparer.Ordinal);
        return Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(cardPath)!).Select(path => Path.GetFileName(path)).Where(name => !known.Contains(name));
    }

    private static void Exchange(string temporary, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(temporary, target);
            return;
        }
        var old = temporary[..^".new".Length] + ".old";
        Directory.Move(target, old);
        try
        {
            Directory.Move(temporary, target);
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }
        Directory.Delete(old, recursive: true);
    }

    private void WriteFiles(string folder)
    {
        var files = new SortedDictionary<string, IEnumerable<string>>(StringComparer.Ordinal)
        {
            [_dataset.Name + ".inter"] = Lines(_dataset.Interactions),
            [_dataset.Name + ".item"] = ItemLines(),
            [_dataset.Name + ".user"] = Indices(_dataset.Users).Select(user => _dataset.Users[user]).Prepend(TableFile.Users),
        };
        if (_dataset.EarlierRows.Length > 0)
        {
            files[_dataset.Name + EarlierExtension] = Lines(_dataset.EarlierRows);
        }
        if (_dataset.TrueProbabilities is not null)
        {
            files[TruthFile] = TruthLines();
        }
        var checksums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, lines) in files)
        {
            var path = Path.Combine(folder, name);
            AtomicFile.WriteLines(path, lines);
            checksums[name] = Checksum(path);
        }
        var card = _dataset.Card with { Counts = CountsOf(_dataset), Files = checksums };
        card.Write(Path.Combine(folder, DatasetCard.FileName));
    }

    private static IEnumerable<int> Indices(IdMap map) => Enumerable.Range(1, map.Count - 1);

    private IEnumerable<string> Lines(Interaction[] rows) => rows.Select(row => FormattableString.Invariant(
        $"{_dataset.Users[row.User]}\t{_dataset.Items[row.Item]}\t{row.Rating}\t{(row.Label ? 1 : 0)}\t{row.Timestamp}\t{SplitName(row.Split)}"))
        .Prepend(TableFile.Interactions);

    private IEnumerable<string> ItemLines() => Indices(_dataset.Items).Select(item =>
    {
        var text = _dataset.ItemTexts[item];
        var keywords = string.Join(KeywordSeparator, text.Keywords.Select(word => TableFile.Clean(word).Replace(',', ' ')).Where(word => !string.IsNullOrWhiteSpace(word)));
        return string.Join('\t', _dataset.Items[item], TableFile.Clean(text.Title), TableFile.Clean(text.Description), keywords, text.Year?.ToString(CultureInfo.InvariantCulture));
    }).Prepend(TableFile.ItemsWithYear);

    private IEnumerable<string> TruthLines() => _dataset.Interactions.Select((interaction, row) => FormattableString.Invariant(
        $"{row}\t{_dataset.TrueProbabilities![row]:R}\t{_dataset.TrueGroups![interaction.User]}")).Prepend(TableFile.Truth);

    private static string SplitName(Split split) => split switch
    {
        Split.Train => "train",
        Split.Valid => "valid",
        Split.Test => "test",
        _ => EarlierExtension[1..],
    };
}

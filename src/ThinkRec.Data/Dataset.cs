namespace ThinkRec.Data;

/// <summary>A prepared dataset in memory: interactions in time order, ids and item texts.</summary>
public sealed class Dataset
{
    private int[][]? _rowsOfSplit;

    /// <summary>Where the data comes from. Counts and checksums are those of the folder it was loaded from, if any.</summary>
    public required DatasetCard Card { get; init; }

    /// <summary>Users; index 0 is padding.</summary>
    public required IdMap Users { get; init; }

    /// <summary>Items; index 0 is padding.</summary>
    public required IdMap Items { get; init; }

    /// <summary>Texts by item index; entry 0 is empty.</summary>
    public required ItemText[] ItemTexts { get; init; }

    /// <summary>All rows of the three splits in the order (timestamp, then the source's order).</summary>
    public required Interaction[] Interactions { get; init; }

    /// <summary>
    /// What the dataset's users said of its items before the first of <see cref="Interactions"/>, by time; none where that was not kept. These rows are in no
    /// split and no history: they only tell how items and users were rated before.
    /// </summary>
    public Interaction[] EarlierRows { get; init; } = [];

    /// <summary>The probability of a like by row, where the world is generated and the truth is known; else null.</summary>
    public double[]? TrueProbabilities { get; init; }

    /// <summary>The planted group by user index, where the world is generated (-1 for padding and users without rows); else null.</summary>
    public int[]? TrueGroups { get; init; }

    /// <summary>Name of the dataset.</summary>
    public string Name => Card.Name;

    /// <summary>What one item is called, such as <c>movie</c>.</summary>
    public string ItemNoun => Card.ItemNoun;

    /// <summary>What several items are called, such as <c>movies</c>.</summary>
    public string ItemNounPlural => Card.ItemNounPlural;

    /// <summary>Reads a prepared dataset and checks everything in it.</summary>
    /// <param name="folder">A folder with dataset.json.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DataFormatException">Something is missing or not as the format says; names file, line and remedy.</exception>
    public static Dataset Load(string folder) => new DatasetReader(folder).Read();

    /// <summary>Writes the dataset as a folder, all or nothing.</summary>
    /// <param name="folder">A folder that does not exist, is empty, or holds nothing but a prepared dataset, which is replaced.</param>
    /// <exception cref="IOException">The folder holds other files; nothing was changed.</exception>
    /// <exception cref="ArgumentException">The dataset contradicts itself; nothing was written.</exception>
    public void Save(string folder) => new DatasetWriter(this).Write(folder);

    /// <summary>Writes the dataset over the prepared one in a folder, all or nothing; other files there, such as reasons.jsonl, stay.</summary>
    /// <param name="folder">A folder with a prepared dataset.</param>
    /// <exception cref="IOException">There is a folder in it; nothing was changed.</exception>
    /// <exception cref="ArgumentException">The dataset contradicts itself; nothing was written.</exception>
    public void SaveInPlace(string folder) => new DatasetWriter(this).Write(folder, OtherFiles(folder));

    /// <summary>The files in a prepared dataset's folder that are no part of it.</summary>
    /// <param name="folder">A folder with a prepared dataset.</param>
    /// <returns>Their names in order.</returns>
    /// <exception cref="IOException">There is a folder in it, which <see cref="SaveInPlace"/> could not keep.</exception>
    public static IReadOnlyList<string> OtherFiles(string folder) => DatasetWriter.OthersIn(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>Finds out, before the work of preparing, whether <see cref="Save"/> would write into a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The folder holds other files, or cannot be there.</exception>
    public static void CheckFolder(string folder) => DatasetWriter.CheckTarget(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>The same dataset with the earlier rows as training rows in front of all others, for a method that learns from them.</summary>
    /// <returns>A dataset without earlier rows, whose row numbers are larger by the number of those; this one when there are none.</returns>
    public Dataset WithEarlierRows() => EarlierRows.Length == 0 ? this : new Dataset
    {
        Card = Card,
        Users = Users,
        Items = Items,
        ItemTexts = ItemTexts,
        Interactions = [.. EarlierRows.Select(row => row with { Split = Split.Train }), .. Interactions],
    };

    /// <summary>The rows of a split.</summary>
    /// <param name="split">Train, Valid or Test.</param>
    /// <returns>Row numbers in order; the array is shared, do not change it.</returns>
    public int[] RowsOf(Split split)
    {
        _rowsOfSplit ??=
        [
            .. Enumerable.Range((int)Split.Train, 3).Select(wanted =>
                Enumerable.Range(0, Interactions.Length).Where(row => Interactions[row].Split == (Split)wanted).ToArray()),
        ];
        return split == Split.None ? [] : _rowsOfSplit[(int)split];
    }

    /// <summary>Finds what contradicts the promises of this class.</summary>
    /// <returns>The first problem in one sentence, or null.</returns>
    internal string? FindProblem()
    {
        if (ItemTexts.Length != Items.Count)
        {
            return $"There are {ItemTexts.Length} item texts for {Items.Count} items, padding included.";
        }
        if (TrueProbabilities is not null && TrueProbabilities.Length != Interactions.Length)
        {
            return $"There are {TrueProbabilities.Length} true probabilities for {Interactions.Length} rows.";
        }
        if (TrueProbabilities is null != TrueGroups is null || (TrueGroups is not null && TrueGroups.Length != Users.Count))
        {
            return "True probabilities and true groups (one per user, padding included) must be given together.";
        }
        if (Array.FindIndex(ItemTexts, text => text.Year is < 1 or > 9999) is var item and >= 0)
        {
            return $"Item {item}: year {ItemTexts[item].Year} is not one from 1 to 9999.";
        }
        for (var row = 0; row < Interactions.Length; row++)
        {
            if (ProblemOf(Interactions, row) is { } problem)
            {
                return $"Row {row}: {problem}";
            }
            if (Interactions[row].Split is < Split.Train or > Split.Test)
            {
                return $"Row {row}: split {Interactions[row].Split} is none of Train, Valid, Test.";
            }
        }
        for (var row = 0; row < EarlierRows.Length; row++)
        {
            if (ProblemOf(EarlierRows, row) is { } problem)
            {
                return $"Earlier row {row}: {problem}";
            }
        }
        return EarlierRows.Length > 0 && Interactions.Length > 0 && EarlierRows[^1].Timestamp >= Interactions[0].Timestamp
            ? $"The last earlier row, at {EarlierRows[^1].Timestamp}, is not before the first row, at {Interactions[0].Timestamp}."
            : null;
    }

    private string? ProblemOf(Interaction[] rows, int row)
    {
        var interaction = rows[row];
        if (interaction.User < 1 || interaction.User >= Users.Count || interaction.Item < 1 || interaction.Item >= Items.Count)
        {
            return $"user {interaction.User} or item {interaction.Item} lies outside the {Users.Count} users and {Items.Count} items.";
        }
        if (row > 0 && interaction.Timestamp < rows[row - 1].Timestamp)
        {
            return $"timestamp {interaction.Timestamp} is before that of the row above, {rows[row - 1].Timestamp}.";
        }
        if (!float.IsFinite(interaction.Rating))
        {
            return "the rating is not a finite number.";
        }
        return Card.PositiveFrom is { } threshold && interaction.Label != interaction.Rating >= threshold
            ? $"label {(interaction.Label ? 1 : 0)} contradicts rating {interaction.Rating}; likes start at {threshold}."
            : null;
    }
}

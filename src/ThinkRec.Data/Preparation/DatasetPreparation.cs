using System.Runtime.InteropServices;

namespace ThinkRec.Data.Preparation;

/// <summary>Makes a dataset of raw files: window, repeats, frequency filter, splits, ids, texts and card, whatever the source.</summary>
/// <remarks>Memory grows with users, items and the rows kept, not with the files.</remarks>
public static class DatasetPreparation
{
    /// <summary>Reads a source and makes a dataset of it.</summary>
    /// <param name="source">The raw files.</param>
    /// <param name="plan">What to make of them.</param>
    /// <returns>
    /// The dataset. Users and items without a row are left out; the others are numbered in the order of their ids, whole numbers by value.
    /// </returns>
    /// <exception cref="DataFormatException">A file is missing or malformed, or no row is left.</exception>
    public static Dataset Run(IRawSource source, PreparationPlan plan)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.PositiveFrom is { } threshold)
        {
            plan = plan with { PositiveFrom = (float)threshold };   // ratings are floats, and 4.1 is less than the double
        }
        var log = new RowCollector(plan, source.DescribedItems());
        foreach (var row in source.Rows())
        {
            log.Add(row);
        }
        var notes = Reduce(log, plan);
        var rows = SplitRows(log.Rows, plan.Split);
        if (rows.Length == 0)
        {
            throw new DataFormatException(WhyNothing(log, plan));
        }
        var (users, ofUser) = Renumber(log.Users, rows, row => row.User);
        var (items, ofItem) = Renumber(log.Items, rows, row => row.Item);
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = rows[row] with { User = ofUser[rows[row].User], Item = ofItem[rows[row].Item] };
        }
        Interaction[] earlier =
        [
            .. log.EarlierRows.Select(row => row with { User = ofUser[row.User], Item = ofItem[row.Item] }).Where(row => row.User > 0 && row.Item > 0),
        ];
        if (earlier.Length > 0)
        {
            notes.Add($"{earlier.Length} ratings from before the window, of its users and items, are kept beside the rows. They are in no split and no history.");
        }
        var texts = TextsOf(source, items, notes);
        return new Dataset
        {
            Card = CardOf(plan, rows, [.. notes, .. EmptySplits(rows), .. source.Notes]),
            Users = users,
            Items = items,
            ItemTexts = texts,
            Interactions = rows,
            EarlierRows = earlier,
        };
    }

    private static List<string> Reduce(RowCollector log, PreparationPlan plan)
    {
        List<string> notes = [];
        if (plan.Split.Caution is { } caution)
        {
            notes.Add(caution);
        }
        if (log.NumUndescribed > 0)
        {
            notes.Add($"{log.NumUndescribed} rows were left out, because no text describes their items.");
        }
        log.Sort();
        if (plan.DropRepeats && log.DropRepeats() is > 0 and var repeats)
        {
            notes.Add($"{repeats} rows were left out, because they repeat user, item and time of another.");
        }
        plan.KCore?.Apply(log.Rows, log.Users.Length, log.Items.Length);
        return notes;
    }

    private static Interaction[] SplitRows(List<Interaction> rows, SplitRule rule)
    {
        var splits = new Split[rows.Count];
        rule.Assign(CollectionsMarshal.AsSpan(rows), splits);
        var kept = new Interaction[splits.Count(split => split != Split.None)];
        for (var (row, next) = (0, 0); row < splits.Length; row++)
        {
            if (splits[row] != Split.None)
            {
                kept[next++] = rows[row] with { Split = splits[row] };
            }
        }
        return kept;
    }

    private static string WhyNothing(RowCollector log, PreparationPlan plan)
    {
        var undescribed = log.NumUndescribed > 0 ? $"{log.NumUndescribed} are of items that no text describes; " : string.Empty;
        return log.NumRead == 0
            ? $"{plan.Name}: the log holds no row that can be read. Give the original files."
            : $"{plan.Name}: none of {log.NumRead} ratings is left: {undescribed}{plan.FilterWords}. Give the whole files, or other filters.";
    }

    private static (IdMap Ids, int[] NewNumbers) Renumber(string[] ids, Interaction[] rows, Func<Interaction, int> numberOf)
    {
        var isUsed = new bool[ids.Length];
        foreach (var row in rows)
        {
            isUsed[numberOf(row)] = true;
        }
        var old = Enumerable.Range(0, ids.Length).Where(number => isUsed[number]).ToArray();
        Array.Sort(Array.ConvertAll(old, number => ids[number]), old, IdOrder.Instance);
        var newNumbers = new int[ids.Length];
        for (var i = 0; i < old.Length; i++)
        {
            newNumbers[old[i]] = i + 1;   // 0 is padding
        }
        return (new IdMap(old.Select(number => ids[number])), newNumbers);
    }

    private static ItemText[] TextsOf(IRawSource source, IdMap items, List<string> notes)
    {
        var texts = new ItemText?[items.Count];
        texts[0] = ItemText.Empty;
        foreach (var (id, text) in source.Texts(id => items.Find(id) is not null))
        {
            if (items.Find(id) is { } item)
            {
                texts[item] = text;
            }
        }
        var numUntitled = 0;
        for (var item = 1; item < texts.Length; item++)
        {
            if (texts[item] is not { Title.Length: > 0 })
            {
                texts[item] = (texts[item] ?? ItemText.Empty) with { Title = items[item] };
                numUntitled++;
            }
        }
        if (numUntitled > 0)
        {
            notes.Add($"{numUntitled} of {items.Count - 1} items have no title; their id stands in for it.");
        }
        return texts!;
    }

    private static IEnumerable<string> EmptySplits(Interaction[] rows) =>
        from split in new[] { Split.Train, Split.Valid, Split.Test }
        where !Array.Exists(rows, row => row.Split == split)
        select $"The {NameOf(split)} split is empty: the raw files hold no rating in its window.";

    private static string NameOf(Split split) => split.ToString().ToLowerInvariant();

    private static DatasetCard CardOf(PreparationPlan plan, Interaction[] rows, IReadOnlyList<string> notes) => new()
    {
        Name = plan.Name,
        ItemNoun = plan.ItemNoun,
        ItemNounPlural = plan.ItemNounPlural,
        Source = plan.Source,
        Created = plan.Created,
        Filters = plan.FilterWords,
        PositiveFrom = plan.PositiveFrom,
        Windows = plan.Split.Windows ?? rows.GroupBy(row => row.Split).OrderBy(split => split.Key)
            .ToDictionary(split => NameOf(split.Key), split => new TimeWindow(split.Min(row => row.Timestamp), split.Max(row => row.Timestamp) + 1).ToString()),
        Notes = notes,
    };
}

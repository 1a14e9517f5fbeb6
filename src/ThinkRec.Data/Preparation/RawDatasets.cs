namespace ThinkRec.Data.Preparation;

/// <summary>The raw datasets that can be prepared, by name.</summary>
public static class RawDatasets
{
    private static readonly Dictionary<string, Func<RawDatasetOptions, (IRawSource Source, PreparationPlan Plan)>> Known = new(StringComparer.Ordinal)
    {
        ["ml-1m"] = MovieLensSets.OneMillion,
        ["ml-100k"] = MovieLensSets.HundredThousand,
        ["ml-latest"] = MovieLensSets.Latest,
        ["yelp"] = YelpReviews.Open,
        ["amazon"] = AmazonReviews.Open,
        ["csv"] = OwnLogs.Open,
        ["tsv"] = OwnLogs.Open,
        ["jsonl"] = OwnLogs.Open,
        ["recbole"] = OwnLogs.OpenRecBole,
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>Makes a dataset of raw files.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="options">Where the files are, and what to make of them.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="ArgumentException">There is no such dataset, or an option contradicts another.</exception>
    /// <exception cref="DataFormatException">A file is missing or malformed, or no row is left.</exception>
    public static Dataset Prepare(string name, RawDatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!Known.TryGetValue(name, out var open))
        {
            throw new ArgumentException($"there is no dataset '{name}' to prepare; there are: {string.Join(", ", Known.Keys)}.");
        }
        var (source, plan) = open(options);
        return DatasetPreparation.Run(source, Adjust(plan, options));
    }

    private static PreparationPlan Adjust(PreparationPlan plan, RawDatasetOptions options)
    {
        if (options.Split is { } split)
        {
            plan = plan with { Split = split, Window = null };
        }
        return plan with
        {
            Name = options.Name ?? plan.Name,
            ItemNoun = options.Noun?.One ?? plan.ItemNoun,
            ItemNounPlural = options.Noun?.Several ?? plan.ItemNounPlural,
            PositiveFrom = options.PositiveFrom ?? plan.PositiveFrom,
            DropRepeats = options.DropRepeats ?? plan.DropRepeats,
            KeepUndescribed = options.KeepUndescribed,
            KCore = CoreOf(plan, options),
        };
    }

    private static KCore? CoreOf(PreparationPlan plan, RawDatasetOptions options)
    {
        if (options.MinRows == 0)
        {
            return null;
        }
        if ((options.MinRows ?? plan.KCore?.MinRows) is { } minRows)
        {
            return new KCore(minRows, options.IsKCoreIterative);
        }
        return options.IsKCoreIterative
            ? throw new ArgumentException($"{plan.Name} has no filter to repeat; give a number too, as in '5 iterative'.")
            : null;
    }
}

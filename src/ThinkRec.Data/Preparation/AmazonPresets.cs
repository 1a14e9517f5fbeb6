namespace ThinkRec.Data.Preparation;

/// <summary>What the authors of ThinkRec make of three categories of Amazon's reviews.</summary>
/// <remarks>Their frequency filters ask for more than 20, 15 and 5 ratings, counted once; likes are five stars; repeated rows are kept.</remarks>
public static class AmazonPresets
{
    private static readonly Dictionary<string, AmazonPreset> Known = new(StringComparer.Ordinal)
    {
        ["books"] = new("Books", ("book", "books"), TimeWindow.Months(2017, 1, 12), 21, new(TimeWindow.Months(2017, 1, 10), TimeWindow.Months(2017, 11, 2)), HasOneItemPerTitle: true),
        ["toys"] = new("Toys_and_Games", ("toy", "toys"), TimeWindow.Months(2015, 1, 48), 16, new(TimeWindow.Months(2015, 1, 32), TimeWindow.Months(2017, 9, 13))),
        ["beauty"] = new("All_Beauty", ("beauty product", "beauty products"), TimeWindow.Months(2014, 1, 60), 6, new(TimeWindow.Months(2014, 1, 32), TimeWindow.Months(2016, 9, 4))),
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>Looks a preset up.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    internal static AmazonPreset Find(string name) => Known.GetValueOrDefault(name)
        ?? throw new ArgumentException($"there is no preset '{name}' of amazon; there are: {string.Join(", ", Known.Keys)}.");
}

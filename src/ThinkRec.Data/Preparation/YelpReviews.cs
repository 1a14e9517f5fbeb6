namespace ThinkRec.Data.Preparation;

/// <summary>The Yelp Open Dataset. Likes are 4 and 5 stars.</summary>
internal static class YelpReviews
{
    public const string Preset = "paper";

    private const string Prefix = "yelp_academic_dataset_";

    /// <summary>Reviews and, where they are there, businesses.</summary>
    public static (IRawSource Source, PreparationPlan Plan) Open(RawDatasetOptions options)
    {
        if (options.Preset is not (null or Preset))
        {
            throw new ArgumentException($"there is no preset '{options.Preset}' of yelp; there is: {Preset}.");
        }
        var malformed = new MalformedLines(options.MaxBad) { Meter = options.Meter };
        var reviews = RawFolder.Require(options.Raw, "the Yelp Open Dataset", Prefix + "review.json", "review.json");
        var businesses = RawFolder.Find(options.Raw, Prefix + "business.json", "business.json");
        var log = new RecordLog(
            reviews, ColumnMap.Parse(["user=user_id", "item=business_id", "rating=stars", "time=date"], ColumnMap.LogRoles), new RowParser(malformed, 1, 5), malformed)
        {
            IgnoresLabels = true,
        };
        var plan = new PreparationPlan
        {
            Name = "yelp",
            ItemNoun = "business",
            ItemNounPlural = "businesses",
            Source = "Yelp Open Dataset (Yelp Dataset User Agreement: academic use, no redistribution)",
            Created = $"Yelp reader; preset: {options.Preset ?? "none"}",
            PositiveFrom = 4,
        };
        return (new RecordSource(log, businesses is null ? null : new RecordItems(businesses, ItemLayouts.Yelp, malformed), malformed), options.Preset is null ? plan : Paper(plan));
    }

    // Train to November 2019; December 2019 to January 2022 halved; more than 20 rows, counted once over 2010 to 2022.
    private static PreparationPlan Paper(PreparationPlan plan) => plan with
    {
        Window = TimeWindow.Months(2010, 1, 13 * 12),
        DropRepeats = false,
        KCore = new KCore(21, false),
        Split = new HalvedSplit(TimeWindow.Months(2010, 1, 119), TimeWindow.Months(2019, 12, 26)),
    };
}

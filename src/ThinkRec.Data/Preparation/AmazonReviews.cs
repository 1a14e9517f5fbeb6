namespace ThinkRec.Data.Preparation;

/// <summary>Amazon Reviews 2018: the reviews and, where it is there, the meta file of one category. Likes are five stars.</summary>
internal static class AmazonReviews
{
    private const string MetaPrefix = "meta_";
    private const string FiveCore = "_5";

    public static (IRawSource Source, PreparationPlan Plan) Open(RawDatasetOptions options)
    {
        var preset = options.Preset is { } name ? AmazonPresets.Find(name) : null;
        var category = options.Category ?? preset?.Category ?? OnlyCategory(options.Raw);
        var malformed = new MalformedLines(options.MaxBad) { Meter = options.Meter };
        var meta = RawFolder.Find(options.Raw, $"{MetaPrefix}{category}.json");
        var reviews = RawFolder.Find(options.Raw, $"{category}.json", $"{category}{FiveCore}.json") ?? throw NoReviews(options.Raw, category, meta);
        var log = new RecordLog(
            reviews, ColumnMap.Parse(["user=reviewerID", "item=asin", "rating=overall", "time=unixReviewTime"], ColumnMap.LogRoles), new RowParser(malformed, 1, 5), malformed)
        {
            IgnoresLabels = true,
        };
        var items = meta is null ? null : new RecordItems(meta, ItemLayouts.Amazon, malformed) { MayRepeat = true, HasOneItemPerTitle = preset?.HasOneItemPerTitle == true };
        var plan = new PreparationPlan
        {
            Name = RawFolder.DatasetName($"amazon-{category}"),
            ItemNoun = preset?.Noun.One ?? "product",
            ItemNounPlural = preset?.Noun.Several ?? "products",
            Source = $"Amazon Reviews 2018, {Path.GetFileName(reviews)} (research use; cite Ni, Li and McAuley, EMNLP 2019)",
            Created = $"Amazon reader; preset: {options.Preset ?? "none"}; items: {(meta is null ? "none" : Path.GetFileName(meta))}",
            PositiveFrom = 5,
        };
        return (new RecordSource(log, items, malformed), preset is null ? plan : plan with
        {
            Window = preset.Window,
            DropRepeats = false,
            KCore = new KCore(preset.MinRows, false),
            Split = preset.Split,
        });
    }

    private static string OnlyCategory(string folder)
    {
        var names = Directory.EnumerateFiles(folder)
            .Where(path => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".json.gz", StringComparison.OrdinalIgnoreCase))
            .Select(RawFolder.Stem).ToArray();
        var categories = names.Where(name => !name.StartsWith(MetaPrefix, StringComparison.Ordinal))
            .Select(name => name.EndsWith(FiveCore, StringComparison.Ordinal) ? name[..^FiveCore.Length] : name).Distinct().Order(StringComparer.Ordinal).ToArray();
        return categories switch
        {
            [var only] => only,
            [] when names.Length > 0 => throw NoReviews(folder, names[0][MetaPrefix.Length..], names[0]),
            [] => throw new DataFormatException($"{folder}: there are no reviews here, such as Gift_Cards.json.gz or Gift_Cards_5.json.gz. Give the folder with files of Amazon Reviews 2018."),
            _ => throw new ArgumentException($"{folder} holds reviews of {string.Join(", ", categories)}; say which with --category NAME."),
        };
    }

    private static DataFormatException NoReviews(string folder, string category, string? meta) => new(
        $"{Path.Combine(folder, category + ".json")}: there is no such file, nor {category}.json.gz, {category}{FiveCore}.json, {category}{FiveCore}.json.gz. "
        + (meta is null ? "Give the folder with the reviews of the category." : $"There is only {MetaPrefix}{category}, which describes items and holds no ratings; download the reviews too."));
}

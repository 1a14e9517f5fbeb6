namespace ThinkRec.Data.Preparation;

/// <summary>The MovieLens sets. Likes are ratings of 4 and more.</summary>
internal static class MovieLensSets
{
    private const string Terms = "GroupLens Research (research use; no redistribution)";
    private const float LowestOfLatest = 0.5f;
    private const float Highest = 5;

    /// <summary>MovieLens 1M with the paper's windows.</summary>
    public static (IRawSource Source, PreparationPlan Plan) OneMillion(RawDatasetOptions options) => (
        new MovieLensSource(options.Raw, MovieLensLayout.OneMillion, options.Texts, new MalformedLines(options.MaxBad) { Meter = options.Meter }),
        MovieLens1M.Plan(new MovieLensOptions { ItemTextsFile = options.Texts, MaxBad = options.MaxBad, TestMonths = options.TestMonths, DropEarlier = options.DropEarlier }));

    /// <summary>MovieLens 100K.</summary>
    public static (IRawSource Source, PreparationPlan Plan) HundredThousand(RawDatasetOptions options) => (
        new MovieLensSource(options.Raw, MovieLensLayout.HundredThousand, options.Texts, new MalformedLines(options.MaxBad) { Meter = options.Meter }),
        Plan("ml-100k", "MovieLens 100K", options));

    /// <summary>MovieLens latest or latest-small, whatever the year.</summary>
    public static (IRawSource Source, PreparationPlan Plan) Latest(RawDatasetOptions options)
    {
        const string Origin = "ratings.csv and movies.csv of MovieLens latest";
        var malformed = new MalformedLines(options.MaxBad) { Meter = options.Meter };
        var descriptions = options.Texts is { } file ? MovieTexts.Read(Path.GetFullPath(file), malformed) : [];
        var movies = new RecordItems(RawFolder.Require(options.Raw, Origin, "movies.csv"), ItemLayouts.MovieLensCsv(descriptions), malformed);
        var log = new RecordLog(RawFolder.Require(options.Raw, Origin, "ratings.csv"), ColumnMap.Empty, new RowParser(malformed, LowestOfLatest, Highest), malformed) { IgnoresLabels = true };
        return (new RecordSource(log, movies, malformed), Plan("ml-latest", "MovieLens latest", options));
    }

    private static PreparationPlan Plan(string name, string title, RawDatasetOptions options) => new()
    {
        Name = name,
        ItemNoun = "movie",
        ItemNounPlural = "movies",
        Source = $"{title}, {Terms}",
        Created = $"{title} reader; item texts: {(options.Texts is { } file ? Path.GetFileName(file) : "none")}",
        PositiveFrom = 4,
    };
}

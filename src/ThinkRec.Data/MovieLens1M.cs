using ThinkRec.Data.Preparation;

namespace ThinkRec.Data;

/// <summary>MovieLens-1M as CoLLM and ThinkRec split it.</summary>
/// <remarks>
/// Months are counted from April 2000 (UTC): train 14–23 (June 2001 to March 2002), valid 24–28, test 29–33 (to January 2003); all other rows are
/// in no split and no history. Those before are kept beside, where the paper drops them. Likes are ratings of 4 and 5. Differs from the authors' notebook: ids are dense over the rows used, in the order of the raw
/// ids, because theirs depend on the version of their table library.
/// </remarks>
public static class MovieLens1M
{
    /// <summary>Reads the raw files and keeps the rows of the three windows.</summary>
    /// <param name="rawFolder">The folder with ratings.dat or ratings.dat.gz, movies.dat and, if you have it, users.dat.</param>
    /// <param name="options">Texts and tolerance; null for none.</param>
    /// <returns>The dataset; its card notes empty splits and lines left out.</returns>
    /// <exception cref="DataFormatException">A file is missing or malformed, or no row lies in the windows.</exception>
    public static Dataset Prepare(string rawFolder, MovieLensOptions? options = null)
    {
        options ??= new MovieLensOptions();
        return DatasetPreparation.Run(new MovieLensSource(rawFolder, MovieLensLayout.OneMillion, options.ItemTextsFile, new MalformedLines(options.MaxBad)), Plan(options));
    }

    /// <summary>The split of a moment.</summary>
    /// <param name="timestamp">Seconds since 1970-01-01 UTC.</param>
    /// <param name="testMonths">As <see cref="MovieLensOptions.TestMonths"/>.</param>
    /// <returns>The split, or None outside the windows.</returns>
    public static Split SplitOf(long timestamp, int testMonths = 0) => Windows(testMonths).Of(timestamp);

    /// <summary>Windows, threshold and card.</summary>
    internal static PreparationPlan Plan(MovieLensOptions options)
    {
        var windows = Windows(options.TestMonths);
        return new PreparationPlan
        {
            Name = "ml-1m",
            ItemNoun = "movie",
            ItemNounPlural = "movies",
            Source = "MovieLens 1M, GroupLens Research (research use; no redistribution)",
            Created = $"MovieLens-1M reader; item texts: {(options.ItemTextsFile is { } file ? Path.GetFileName(file) : "none")}",
            PositiveFrom = 4,
            Window = new TimeWindow(windows.Train.From, windows.Test.To),
            KeepEarlier = !options.DropEarlier,
            DropRepeats = false,
            Split = windows,
        };
    }

    private static WindowSplit Windows(int testMonths) => testMonths == 0
        ? new(TimeWindow.Months(2001, 6, 10), TimeWindow.Months(2002, 4, 5), TimeWindow.Months(2002, 9, 5))
        : new(TimeWindow.Months(2001, 6, 10), TimeWindow.Months(2002, 4, 5 - testMonths), TimeWindow.Months(2002, 9 - testMonths, testMonths));
}

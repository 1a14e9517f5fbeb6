using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;

namespace ThinkRec.Cli.Commands;

/// <summary>Shows what a prepared dataset holds.</summary>
internal static class DatasetDescription
{
    /// <summary>Writes the statistics, windows and notes, as text or as one document.</summary>
    public static void Show(IConsoleReport report, string folder, Dataset dataset, DatasetStatistics statistics)
    {
        IReadOnlyList<string> notes = [.. dataset.Card.Notes, .. MissingNotes(dataset.Card, statistics)];
        foreach (string line in statistics.ToText().TrimEnd().Split('\n'))
        {
            report.Line(line);
        }

        foreach (string note in notes)
        {
            report.Line($"note: {TerminalText.OneLine(note)}");
        }

        report.Document(new
        {
            folder,
            statistics.Name,
            Users = statistics.UserTableSize - 1,
            Items = statistics.ItemTableSize - 1,
            statistics.UserTableSize,
            statistics.ItemTableSize,
            statistics.Sparsity,
            statistics.SigmaOverMu,
            statistics.Texts,
            Splits = statistics.Splits.ToDictionary(split => NameOf(split.Split), split => new
            {
                split.Rows,
                split.Users,
                split.Items,
                split.Sparsity,
                split.PositiveRate,
                split.UsersOfBothLabels,
                split.NotCold,
                split.ColdUsers,
                split.ColdItems,
                split.RowsPerUser,
                split.HistoryLengths,
                split.LikedHistoryLengths,
                split.FirstTime,
                split.LastTime,
            }),
            dataset.Card.Windows,
            dataset.Card.Source,
            dataset.Card.Created,
            dataset.Card.Seed,
            notes,
        });
    }

    // The card says it where the reader noticed; a generated or edited dataset may have an empty split without a note.
    private static IEnumerable<string> MissingNotes(DatasetCard card, DatasetStatistics statistics) =>
        from split in statistics.Splits
        where split.Rows == 0
        let sentence = $"The {NameOf(split.Split)} split is empty"
        where !card.Notes.Any(note => note.StartsWith(sentence, StringComparison.Ordinal))
        select sentence + ".";

    private static string NameOf(Split split) => split.ToString().ToLowerInvariant();
}

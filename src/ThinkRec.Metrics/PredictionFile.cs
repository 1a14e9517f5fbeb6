using System.Globalization;
using System.Text;
using CsvHelper;
using ThinkRec.Files;

namespace ThinkRec.Metrics;

/// <summary>Predictions as a comma-separated file with a header: <c>user_id,item_id,label,score</c>.</summary>
public static class PredictionFile
{
    private static readonly UTF8Encoding StrictUtf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads scored rows.</summary>
    /// <param name="path">
    /// UTF-8 with a header. Columns user_id, label and score in any order; item_id is optional; others are ignored.
    /// Labels are 0, 1, 0.0, 1.0, true or false.
    /// </param>
    /// <returns>At least one row, in file order. ItemId is empty without an item_id column.</returns>
    /// <exception cref="MetricsException">Names file, line, column, what was expected and what was found.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<ScoredRow> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var reader = new StreamReader(path, StrictUtf8);
        try
        {
            using var predictions = new PredictionReader(path, reader);
            return predictions.Read();
        }
        catch (DecoderFallbackException exception)
        {
            throw new MetricsException(
                $"{path}: expected UTF-8 text but found other bytes. Save the file as UTF-8.", exception);
        }
    }

    /// <summary>Writes scored rows atomically; an earlier file is replaced only when all rows are on disk.</summary>
    /// <param name="path">File to write; its folder must exist.</param>
    /// <param name="rows">At least one row. Scores are written so that reading gives the same double.</param>
    /// <exception cref="MetricsException">No row, a missing user id or a score that is not finite.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<ScoredRow> rows)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        UserRankings.From(rows); // Refuses what Read would refuse.
        AtomicFile.Write(Path.GetFullPath(path), stream => WriteRows(stream, rows));
    }

    private static void WriteRows(Stream stream, IReadOnlyList<ScoredRow> rows)
    {
        using var text = new StreamWriter(stream, StrictUtf8, leaveOpen: true);
        using var csv = new CsvWriter(text, CultureInfo.InvariantCulture);
        string[] header = ["user_id", "item_id", "label", "score"];
        WriteRecord(csv, header);
        foreach (var row in rows)
        {
            var score = row.Score.ToString("R", CultureInfo.InvariantCulture);
            WriteRecord(csv, row.UserId, row.ItemId, row.Label ? "1" : "0", score);
        }

        csv.Flush();
    }

    private static void WriteRecord(CsvWriter csv, params string[] fields)
    {
        foreach (var field in fields)
        {
            csv.WriteField(field);
        }

        csv.NextRecord();
    }
}

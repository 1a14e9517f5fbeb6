using ThinkRec.Data;
using ThinkRec.Data.Preparation;
using ThinkRec.Text;

namespace ThinkRec.Teaching;

/// <summary>Makes reasons for a prepared dataset of explanations that others wrote, in whatever columns they stand.</summary>
/// <remarks>
/// An explanation without an answer argues for what the user did. That is read from training rows alone: the labels of the others must not come into a file
/// that training reads.
/// </remarks>
public sealed class ReasonImport
{
    private const int MaxCharacters = 8000;
    private const int MaxShown = 60;
    private static readonly string[] Required = ["user", "item", "reason"];
    private static readonly string[] Optional = ["answer", "time"];

    private readonly Dataset _dataset;
    private readonly ILookup<(int User, int Item), int> _rows;
    private readonly ReasonImportOptions _options;

    /// <summary>Prepares the import.</summary>
    /// <param name="dataset">The dataset that the explanations are about, by the ids of its source.</param>
    /// <param name="options">Which field says what, and whose the reasons are.</param>
    public ReasonImport(Dataset dataset, ReasonImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        (_dataset, _options) = (dataset, options);
        _rows = Enumerable.Range(0, dataset.Interactions.Length).ToLookup(row => (dataset.Interactions[row].User, dataset.Interactions[row].Item));
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">CSV, tab-separated or JSON lines, plain or gzipped.</param>
    /// <returns>The reasons and the counts.</returns>
    /// <exception cref="DataFormatException">The file cannot be read, or more records than allowed are damaged or belong to no row.</exception>
    public ReasonImportResult Run(string path)
    {
        var malformed = new MalformedLines(_options.MaxBad);
        var reasons = new List<ReasonRow>();
        var lineOfRow = new Dictionary<int, int>();
        var heldOut = 0;
        foreach (var (line, values) in MappedRecords.Read(path, _options.Map, Required, Optional, malformed))
        {
            var wrongAnswer = ReadAnswer(values[3], out var answer);
            var problem = Find(values[0], values[1], values[4], out var row)
                ?? wrongAnswer
                ?? (string.IsNullOrWhiteSpace(values[2]) ? "expected a reason but found nothing." : null);
            if (problem is null && !lineOfRow.TryAdd(row, line))
            {
                problem = $"user '{Show(values[0])}' and item '{Show(values[1])}' were already explained on line {lineOfRow[row]}.";
            }

            if (problem is not null)
            {
                malformed.Add(path, line, problem);
            }
            else if ((answer ?? LabelOf(row)) is { } isYes)
            {
                reasons.Add(ReasonOf(row, isYes, values[2]!));
            }
            else
            {
                heldOut++;
            }
        }

        malformed.Check();
        return new ReasonImportResult(reasons, heldOut, malformed.Count, malformed.Summary);
    }

    private static string? ReadAnswer(string? text, out bool? answer)
    {
        answer = text?.Trim().TrimEnd('.').ToUpperInvariant() switch
        {
            "YES" or "1" or "1.0" or "TRUE" => true,
            "NO" or "0" or "0.0" or "FALSE" => false,
            _ => null,
        };
        return answer is null && !string.IsNullOrWhiteSpace(text) ? $"expected the answer Yes or No, or 1 or 0, but found '{Show(text)}'." : null;
    }

    private static string Show(string? text) => UntrustedText.Clean(text ?? "", MaxShown);

    /// <summary>Finds the row: that of the time, or else the last one of user and item.</summary>
    /// <returns>What is wrong; null when it is found.</returns>
    private string? Find(string? userId, string? itemId, string? time, out int row)
    {
        row = -1;
        if (_dataset.Users.Find(userId ?? "") is not (> 0 and var user))
        {
            return $"user '{Show(userId)}' is not in '{_dataset.Name}'.";
        }

        if (_dataset.Items.Find(itemId ?? "") is not (> 0 and var item))
        {
            return $"item '{Show(itemId)}' is not in '{_dataset.Name}'.";
        }

        var isTimed = !string.IsNullOrWhiteSpace(time);
        var seconds = 0L;
        if (isTimed && !Moment.TryParse(time, out seconds))
        {
            return $"expected a time, as seconds since 1970 or as a date such as 2018-07-07 22:09:11, but found '{Show(time)}'.";
        }

        row = _rows[(user, item)].LastOrDefault(candidate => !isTimed || _dataset.Interactions[candidate].Timestamp == seconds, -1);
        return row >= 0 ? null : $"user '{Show(userId)}' has no row with item '{Show(itemId)}'{(isTimed ? $" at {seconds}" : "")}.";
    }

    private bool? LabelOf(int row) => _dataset.Interactions[row] is { Split: Split.Train, Label: var label } ? label : null;

    private ReasonRow ReasonOf(int row, bool isYes, string text)
    {
        var interaction = _dataset.Interactions[row];
        var answer = isYes ? "Yes" : "No";
        var reason = UntrustedText.Clean(text, MaxCharacters);
        reason = reason.StartsWith(answer + ".", StringComparison.OrdinalIgnoreCase) ? reason[(answer.Length + 1)..].TrimStart() : reason;
        return new ReasonRow(
            _dataset.Users[interaction.User], _dataset.Items[interaction.Item], interaction.Timestamp, answer, $"{answer}. {reason}", _options.Teacher, "imported", []);
    }
}

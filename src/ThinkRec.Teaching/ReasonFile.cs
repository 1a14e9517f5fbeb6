using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Data;
using ThinkRec.Files;

namespace ThinkRec.Teaching;

/// <summary>Reads and writes reasons.jsonl.</summary>
public static class ReasonFile
{
    /// <summary>The usual file name.</summary>
    public const string FileName = "reasons.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the file atomically.</summary>
    /// <param name="path">The target; an existing file is replaced.</param>
    /// <param name="reasons">The lines in order.</param>
    public static void Write(string path, IEnumerable<ReasonRow> reasons)
    {
        ArgumentNullException.ThrowIfNull(reasons);
        AtomicFile.WriteLines(path, reasons.Select(reason => JsonSerializer.Serialize(reason, Json)));
    }

    /// <summary>Reads the file and checks every line against the dataset.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dataset">Every reason must belong to one of its interactions.</param>
    /// <returns>The reasons in the file's order.</returns>
    /// <exception cref="DataFormatException">The file is missing or a line is not a reason for the dataset; names file and line.</exception>
    public static IReadOnlyList<ReasonRow> Read(string path, Dataset dataset)
    {
        var lines = Scan(path, dataset);
        return lines.FirstOrDefault(line => line.Problem is not null) is { } damaged
            ? throw DataFormatException.At(path, damaged.Line, damaged.Problem!)
            : [.. lines.Select(line => line.Reason!)];
    }

    /// <summary>Reads reasons and goes on behind lines that are damaged.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dataset">The dataset that the reasons are for.</param>
    /// <returns>Every line, with its reason or with what is wrong.</returns>
    /// <exception cref="DataFormatException">The file is missing or is no UTF-8 text.</exception>
    public static IReadOnlyList<ReasonLine> Scan(string path, Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (!File.Exists(path))
        {
            throw new DataFormatException($"{path}: there is no such file. Check the path in thinking.reasons, or leave that key out: training then writes reasons itself.");
        }
        var known = Keys(dataset);
        var seen = new Dictionary<(string, string, long), int>();
        var lines = new List<ReasonLine>();
        try
        {
            foreach (var text in File.ReadLines(path, AtomicFile.Utf8))
            {
                lines.Add(ReadLine(lines.Count + 1, text, dataset, known, seen));
            }
        }
        catch (DecoderFallbackException error)
        {
            throw new DataFormatException($"{Path.GetFileName(path)}:{lines.Count + 1}: expected UTF-8 text from here on but found other bytes. Save the file as UTF-8.", error);
        }
        return lines;
    }

    /// <summary>Finds the interactions that reasons belong to.</summary>
    /// <param name="dataset">The dataset that the reasons were read for.</param>
    /// <param name="reasons">The reasons.</param>
    /// <returns>A row number of the dataset for each reason.</returns>
    /// <exception cref="ArgumentException">A reason belongs to no interaction.</exception>
    public static int[] RowsOf(Dataset dataset, IReadOnlyList<ReasonRow> reasons)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(reasons);
        var known = Keys(dataset);
        return [.. reasons.Select(reason => known.TryGetValue((reason.User, reason.Item, reason.Timestamp), out var row)
            ? row
            : throw new ArgumentException($"No interaction of user '{reason.User}' with item '{reason.Item}' at {reason.Timestamp} is in '{dataset.Name}'.", nameof(reasons)))];
    }

    private static Dictionary<(string User, string Item, long Timestamp), int> Keys(Dataset dataset)
    {
        var keys = new Dictionary<(string, string, long), int>(dataset.Interactions.Length);
        for (var row = 0; row < dataset.Interactions.Length; row++)
        {
            var interaction = dataset.Interactions[row];
            keys.TryAdd((dataset.Users[interaction.User], dataset.Items[interaction.Item], interaction.Timestamp), row);
        }
        return keys;
    }

    private static ReasonLine ReadLine(
        int line, string text, Dataset dataset, Dictionary<(string, string, long), int> known, Dictionary<(string, string, long), int> seen)
    {
        ReasonRow? reason;
        try
        {
            reason = JsonSerializer.Deserialize<ReasonRow>(text, Json);
        }
        catch (JsonException error)
        {
            return new ReasonLine(line, null, $"expected one JSON object with user, item, timestamp, answer, reason, teacher, how, checks. {error.Message}");
        }

        var problem = reason is null ? "expected a JSON object but found null. Remove the line." : Problem(reason, dataset, known);
        if (problem is null && !seen.TryAdd((reason!.User, reason.Item, reason.Timestamp), line))
        {
            problem = $"the same interaction already has a reason on line {seen[(reason.User, reason.Item, reason.Timestamp)]}. Remove one of the two.";
        }
        return problem is null ? new ReasonLine(line, reason, null) : new ReasonLine(line, null, problem);
    }

    private static string? Problem(ReasonRow reason, Dataset dataset, Dictionary<(string, string, long), int> known) =>
        dataset.Users.Find(reason.User) is null ? $"user '{reason.User}' is not in '{dataset.Name}'. Use reasons written for this dataset."
        : dataset.Items.Find(reason.Item) is null ? $"item '{reason.Item}' is not in '{dataset.Name}'. Use reasons written for this dataset."
        : !known.ContainsKey((reason.User, reason.Item, reason.Timestamp)) ? $"user '{reason.User}' has no interaction with item '{reason.Item}' at {reason.Timestamp}. Use reasons written for this dataset."
        : reason.Answer is not ("Yes" or "No") ? $"expected the answer Yes or No but found '{reason.Answer}'."
        : !reason.Reason.StartsWith(reason.Answer + ".", StringComparison.Ordinal) ? $"expected a reason that starts with '{reason.Answer}.' but found '{reason.Reason[..Math.Min(20, reason.Reason.Length)]}'."
        : null;
}

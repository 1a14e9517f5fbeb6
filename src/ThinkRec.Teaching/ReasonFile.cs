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
        ArgumentNullException.ThrowIfNull(dataset);
        if (!File.Exists(path))
        {
            throw new DataFormatException($"{path}: there is no such file. Check the path in thinking.reasons, or leave that key out: training then writes reasons itself.");
        }
        var known = Keys(dataset);
        var seen = new Dictionary<(string, string, long), int>();
        var reasons = new List<ReasonRow>();
        try
        {
            foreach (var text in File.ReadLines(path, AtomicFile.Utf8))
            {
                var line = reasons.Count + 1;
                var reason = Parse(path, line, text);
                Check(path, line, reason, dataset, known);
                if (!seen.TryAdd((reason.User, reason.Item, reason.Timestamp), line))
                {
                    throw DataFormatException.At(path, line, $"the same interaction already has a reason on line {seen[(reason.User, reason.Item, reason.Timestamp)]}. Remove one of the two.");
                }
                reasons.Add(reason);
            }
        }
        catch (DecoderFallbackException error)
        {
            throw new DataFormatException($"{Path.GetFileName(path)}:{reasons.Count + 1}: expected UTF-8 text from here on but found other bytes. Save the file as UTF-8.", error);
        }
        return reasons;
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

    private static ReasonRow Parse(string path, int line, string text)
    {
        try
        {
            return JsonSerializer.Deserialize<ReasonRow>(text, Json)
                ?? throw DataFormatException.At(path, line, "expected a JSON object but found null. Remove the line.");
        }
        catch (JsonException error)
        {
            throw new DataFormatException($"{Path.GetFileName(path)}:{line}: expected one JSON object with user, item, timestamp, answer, reason, teacher, how, checks. {error.Message}", error);
        }
    }

    private static void Check(string path, int line, ReasonRow reason, Dataset dataset, Dictionary<(string, string, long), int> known)
    {
        var problem =
            dataset.Users.Find(reason.User) is null ? $"user '{reason.User}' is not in '{dataset.Name}'. Use reasons written for this dataset."
            : dataset.Items.Find(reason.Item) is null ? $"item '{reason.Item}' is not in '{dataset.Name}'. Use reasons written for this dataset."
            : !known.ContainsKey((reason.User, reason.Item, reason.Timestamp)) ? $"user '{reason.User}' has no interaction with item '{reason.Item}' at {reason.Timestamp}. Use reasons written for this dataset."
            : reason.Answer is not ("Yes" or "No") ? $"expected the answer Yes or No but found '{reason.Answer}'."
            : !reason.Reason.StartsWith(reason.Answer + ".", StringComparison.Ordinal) ? $"expected a reason that starts with '{reason.Answer}.' but found '{reason.Reason[..Math.Min(20, reason.Reason.Length)]}'."
            : null;
        if (problem is not null)
        {
            throw DataFormatException.At(path, line, problem);
        }
    }
}

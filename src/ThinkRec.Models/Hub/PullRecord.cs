using System.Text.Json;
using ThinkRec.Downloads;
using ThinkRec.Files;
using ThinkRec.Nn;

namespace ThinkRec.Models.Hub;

/// <summary>What came from where: <c>download.json</c> in a model folder. It is written last, so that a folder that has it is whole.</summary>
/// <param name="Hub">The hub's address.</param>
/// <param name="Repository"><c>OWNER/NAME</c>.</param>
/// <param name="Revision">What was asked for.</param>
/// <param name="Commit">What that was.</param>
/// <param name="Licence">The licence as the model's card names it; null where it names none.</param>
/// <param name="Files">The files as they lie here.</param>
public sealed record PullRecord(Uri Hub, string Repository, string Revision, string Commit, string? Licence, IReadOnlyList<RecordedFile> Files)
{
    /// <summary>Its name.</summary>
    public const string FileName = "download.json";

    internal const int CommitLength = 40;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>Reads the record of a folder.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="CheckpointException">It is malformed.</exception>
    internal static PullRecord? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            PullRecord? record = File.Exists(path) ? JsonSerializer.Deserialize<PullRecord>(File.ReadAllText(path), Json) : null;
            return record is null || (record.Commit.Length == CommitLength && record.Commit.All(char.IsAsciiHexDigit)) ? record
                : throw new JsonException($"'{record.Commit}' is no commit.");
        }
        catch (JsonException error)
        {
            throw new CheckpointException($"{path}: expected the record of a download but found something else ({error.Message}) Delete the folder and download it again.", error);
        }
    }

    /// <summary>Writes the record into a folder.</summary>
    internal void Write(string folder) => AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");
}

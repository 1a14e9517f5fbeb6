using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Downloads;
using ThinkRec.Files;

namespace ThinkRec.Data.Download;

/// <summary>What came from where: <c>download.json</c> in a folder of raw files. It is written last, so that a folder that has it is whole.</summary>
/// <param name="Dataset">The dataset's name.</param>
/// <param name="Terms">Where its terms are, which were accepted.</param>
/// <param name="Sources">The files as they came.</param>
/// <param name="Files">The files as they lie here.</param>
public sealed record DownloadRecord(string Dataset, string Terms, IReadOnlyList<DownloadSource> Sources, IReadOnlyList<RecordedFile> Files)
{
    /// <summary>Its name.</summary>
    public const string FileName = "download.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>Reads the record of a folder.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="DataFormatException">It is malformed.</exception>
    internal static DownloadRecord? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<DownloadRecord>(File.ReadAllText(path), Json) : null;
        }
        catch (JsonException error)
        {
            throw new DataFormatException($"{path}: expected the record of a download but found something else ({error.Message}) Delete the folder and download it again.", error);
        }
    }

    /// <summary>Writes the record into a folder.</summary>
    internal void Write(string folder) => AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");
}

/// <summary>A file as it came.</summary>
/// <param name="Address">Where from.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256 as it came.</param>
/// <param name="IsChecked">Whether a published checksum agreed. False: none is published; this SHA-256 is what later downloads can be held against.</param>
public sealed record DownloadSource(Uri Address, long Bytes, string Sha256, bool IsChecked);

using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Files;

namespace ThinkRec.Data;

/// <summary>Where a prepared dataset comes from and what is in it: the content of dataset.json.</summary>
public sealed record DatasetCard
{
    /// <summary>The file name of the card inside a prepared dataset.</summary>
    public const string FileName = "dataset.json";

    /// <summary>The format version that this code reads and writes.</summary>
    public const int CurrentFormatVersion = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Version of the folder's format.</summary>
    public int FormatVersion { get; init; } = CurrentFormatVersion;

    /// <summary>Name of the dataset, and of its files before the dot: letters, digits, '.', '_' and '-'.</summary>
    public required string Name { get; init; }

    /// <summary>What one item is called, such as <c>movie</c>.</summary>
    public required string ItemNoun { get; init; }

    /// <summary>What several items are called, such as <c>movies</c>.</summary>
    public required string ItemNounPlural { get; init; }

    /// <summary>Where the raw data comes from.</summary>
    public required string Source { get; init; }

    /// <summary>How the folder was made: reader or generator with its options.</summary>
    public required string Created { get; init; }

    /// <summary>The seed, when randomness was involved.</summary>
    public long? Seed { get; init; }

    /// <summary>Which rows were left out, in words; empty when none.</summary>
    public string Filters { get; init; } = string.Empty;

    /// <summary>Ratings from here on are likes; null when labels do not follow from ratings.</summary>
    public double? PositiveFrom { get; init; }

    /// <summary>The time window of every split, in words.</summary>
    public IReadOnlyDictionary<string, string> Windows { get; init; } = new Dictionary<string, string>();

    /// <summary>What a user of the data should know, such as an empty split.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Rows per split, users and items (padding excluded); filled by saving.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; init; } = new Dictionary<string, int>();

    /// <summary>SHA-256 of every other file of the folder, in lower-case hex; filled by saving.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads a card and checks its version and name.</summary>
    /// <param name="path">Path of dataset.json.</param>
    /// <returns>The card.</returns>
    /// <exception cref="DataFormatException">The file is missing or not a card.</exception>
    public static DatasetCard Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new DataFormatException($"{path}: there is no such file. A prepared dataset is a folder with {FileName}; make one with 'thinkrec data prepare'.");
        }
        try
        {
            var card = JsonSerializer.Deserialize<DatasetCard>(File.ReadAllBytes(path), Json)
                ?? throw new DataFormatException($"{FileName}: expected an object but found null. Prepare the dataset again.");
            card.Check();
            return card;
        }
        catch (JsonException error)
        {
            var line = (int)(error.LineNumber ?? 0) + 1;
            throw new DataFormatException($"{FileName}:{line}: {error.Message} Prepare the dataset again.", error);
        }
    }

    /// <summary>Writes the card.</summary>
    /// <param name="path">Path of dataset.json; an existing file is replaced.</param>
    public void Write(string path)
    {
        Check();
        AtomicFile.WriteLines(path, [JsonSerializer.Serialize(this, Json)]);
    }

    private void Check()
    {
        if (FormatVersion != CurrentFormatVersion)
        {
            throw new DataFormatException($"{FileName}: expected formatVersion {CurrentFormatVersion} but found {FormatVersion}. Prepare the dataset again with this version.");
        }
        if (Name.Length == 0 || Name[0] == '.' || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            throw new DataFormatException($"{FileName}: expected a name of letters, digits, '.', '_' and '-' but found '{Name}'.");
        }
    }
}

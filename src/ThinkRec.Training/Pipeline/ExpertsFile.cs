using System.Text.Json;
using ThinkRec.Files;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;

namespace ThinkRec.Training.Pipeline;

/// <summary>The groups and the gate of a run: <c>experts.json</c>.</summary>
/// <param name="Encoder">Encoder in whose space the centroids lie.</param>
/// <param name="Temperature">τ of the gate.</param>
/// <param name="Fusion">How experts are joined.</param>
/// <param name="FirstLayer">First layer in which experts have weights of their own.</param>
/// <param name="Sizes">Users of each group.</param>
/// <param name="Centroids">Mean vector of each group.</param>
/// <param name="Users">Users of each group, by id.</param>
public sealed record ExpertsFile(
    string Encoder, double Temperature, FusionRule Fusion, int FirstLayer, int[] Sizes, float[][] Centroids, string[][] Users)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "experts.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Reads and checks the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vectorSize">Length that the centroids must have; null for any.</param>
    /// <returns>Groups and gate.</returns>
    /// <exception cref="CheckpointException">It is missing or damaged.</exception>
    public static ExpertsFile Read(string path, int? vectorSize = null)
    {
        try
        {
            ExpertsFile? experts = JsonSerializer.Deserialize<ExpertsFile>(File.ReadAllText(path), Json);
            if (experts is not { Encoder: not null, Sizes: not null, Centroids: not null, Users: not null } || experts.Centroids.Any(c => c is null) || experts.Users.Any(users => users is null || users.Any(user => user is null)))
            {
                throw new CheckpointException($"{path}: expected an object with encoder, sizes, centroids and users. Train the experts again.");
            }

            bool sound = experts.Centroids.Length > 0 && experts.Users.Length == experts.Sizes.Length && experts.Centroids.Length == experts.Sizes.Length && experts.Temperature > 0
                && experts.Centroids.All(c => c.Length == (vectorSize ?? c.Length) && c.All(float.IsFinite));
            return sound ? experts
                : throw new CheckpointException($"{path}: the centroids must be finite and have {vectorSize} numbers each, one for every group. Train the experts again.");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new CheckpointException($"{path}: {e.Message} Train the experts again.");
        }
    }

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file.</param>
    public void Write(string path) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
}

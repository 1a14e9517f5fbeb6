using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Data;
using ThinkRec.Nn;

namespace ThinkRec.Models.Collaborative;

/// <summary>The content of an encoder's config.json.</summary>
internal sealed record EncoderCard
{
    internal const string FileName = "config.json";
    private const int CurrentVersion = 1;
    private const long MaxFileBytes = 1 << 22; // the largest vocabulary, each of its letters escaped, takes 3.3 million

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        WriteIndented = true,
        NewLine = "\n",
    };

    public int FormatVersion { get; init; } = CurrentVersion;

    public required EncoderMethod Method { get; init; }

    public required string Dataset { get; init; }

    /// <summary>Padding included.</summary>
    public required int NumUsers { get; init; }

    /// <summary>Padding included.</summary>
    public required int NumItems { get; init; }

    /// <summary>SHA-256 of the ids in their order, where the encoder has a table of users; else empty.</summary>
    public required string UserIds { get; init; }

    /// <summary>SHA-256 of the ids in their order.</summary>
    public required string ItemIds { get; init; }

    public MatrixFactorizationConfig? Mf { get; init; }

    public SasRecConfig? Sasrec { get; init; }

    public DinConfig? Din { get; init; }

    public FeedbackSasRecConfig? SasrecFeedback { get; init; }

    /// <summary>Where the encoder knows items by words: the words.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>Where the encoder knows items by statistics: what labels and ratings are measured against.</summary>
    public LabelScale? Labels { get; init; }

    internal static string Fingerprint(IdMap ids)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 1; i < ids.Count; i++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(ids[i] + "\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    internal static EncoderCard Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path) || new FileInfo(path).Length > MaxFileBytes)
        {
            throw new CheckpointException($"{path} is not there or larger than {MaxFileBytes} bytes. An encoder folder holds {FileName} and {EncoderFolder.WeightsFile}; train one first.");
        }

        try
        {
            EncoderCard card = JsonSerializer.Deserialize<EncoderCard>(File.ReadAllText(path), Json)
                ?? throw new CheckpointException($"{path}: expected an object but found null. Train the encoder again.");
            string[] problems = [.. card.Problems()];
            return problems.Length == 0 ? card
                : throw new CheckpointException($"{path} has {problems.Length} problem(s): {string.Join("; ", problems)}. Train the encoder again.");
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path}:{(e.LineNumber ?? 0) + 1}: {e.Message} Train the encoder again.");
        }
    }

    internal void Write(string folder) =>
        Files.AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");

    internal void RequireFits(string folder, Dataset dataset)
    {
        Require(folder, "items", NumItems, ItemIds, dataset.Items, dataset.Name);
        if (UserIds.Length > 0)
        {
            Require(folder, "users", NumUsers, UserIds, dataset.Users, dataset.Name);
        }
    }

    private void Require(string folder, string what, int count, string fingerprint, IdMap ids, string datasetName)
    {
        if (count != ids.Count)
        {
            throw new CheckpointException($"{folder}: this encoder was trained on '{Dataset}' with {count - 1} {what}, but dataset '{datasetName}' has {ids.Count - 1}. Train the encoder on this dataset, or give the dataset it was trained on.");
        }

        if (fingerprint != Fingerprint(ids))
        {
            throw new CheckpointException($"{folder}: this encoder was trained on '{Dataset}', whose {what} have other ids or another order than those of dataset '{datasetName}'. Train the encoder on this dataset, or give the dataset it was trained on.");
        }
    }

    private IEnumerable<string> Problems()
    {
        if (FormatVersion != CurrentVersion)
        {
            yield return $"formatVersion is {FormatVersion}, expected {CurrentVersion}";
        }

        bool isWhole = Method switch
        {
            EncoderMethod.Mf or EncoderMethod.Lightgcn => Mf != null,
            EncoderMethod.Din => Din != null,
            EncoderMethod.Sasrec or EncoderMethod.Gsasrec => Sasrec != null,
            _ => SasrecFeedback != null && Words != null && Words.All(word => word is { Length: > 0 }) && Words.Distinct(StringComparer.Ordinal).Count() == Words.Count,
        };
        if (!isWhole)
        {
            yield return $"the sizes of '{Method}' or its words are missing or doubled";
        }

        if (UserIds.Length == 0 && Method is (EncoderMethod.Mf or EncoderMethod.Lightgcn or EncoderMethod.Din))
        {
            yield return $"userIds is empty, but '{Method}' has a table of users";
        }

        if (Method == EncoderMethod.SasrecFeedback && Labels is not { IsSound: true })
        {
            yield return $"labels is {Labels?.ToString() ?? "missing"}, expected a mean label from 0 to 1, a finite mean rating and a finite deviation above 0";
        }

        foreach (string problem in (Mf?.Problems() ?? []).Concat(Sasrec?.Problems() ?? []).Concat(Din?.Problems() ?? []).Concat(SasrecFeedback?.Problems() ?? []))
        {
            yield return problem;
        }
    }
}

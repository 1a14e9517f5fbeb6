using System.Text.Json.Serialization;

namespace ThinkRec.Models.Llm.Rope;

/// <summary>How the rotary frequencies are stretched for longer texts: <c>rope_scaling</c> of a config, or what <c>rope_parameters</c> says beside the base.</summary>
public sealed record RopeScaling
{
    /// <summary>Kind of scaling.</summary>
    [JsonPropertyName("rope_type")] public string? RopeType { get; init; }

    /// <summary>Kind of scaling, as older configs call it.</summary>
    [JsonPropertyName("type")] public string? OldType { get; init; }

    /// <summary>How many times longer the texts may be.</summary>
    [JsonPropertyName("factor")] public double? Factor { get; init; }

    /// <summary>Longest text before the scaling.</summary>
    [JsonPropertyName("original_max_position_embeddings")] public int? OriginalMaxPositionEmbeddings { get; init; }

    /// <summary>Of <c>llama3</c>: waves longer than the original length over this are stretched in full.</summary>
    [JsonPropertyName("low_freq_factor")] public double? LowFreqFactor { get; init; }

    /// <summary>Of <c>llama3</c>: waves shorter than the original length over this are not stretched.</summary>
    [JsonPropertyName("high_freq_factor")] public double? HighFreqFactor { get; init; }

    /// <summary>Of <c>yarn</c>: multiplies cosines and sines; null means 0.1 · ln(factor) + 1.</summary>
    [JsonPropertyName("attention_factor")] public double? AttentionFactor { get; init; }

    /// <summary>Of <c>yarn</c>: pairs that turn more often than this over the original length are not stretched.</summary>
    [JsonPropertyName("beta_fast")] public double? BetaFast { get; init; }

    /// <summary>Of <c>yarn</c>: pairs that turn less often than this are stretched in full.</summary>
    [JsonPropertyName("beta_slow")] public double? BetaSlow { get; init; }

    /// <summary>Of <c>yarn</c>: whether the limits between pairs are rounded to whole pairs; null means yes.</summary>
    [JsonPropertyName("truncate")] public bool? Truncate { get; init; }

    /// <summary>Of <c>yarn</c> in another family; not built.</summary>
    [JsonPropertyName("mscale")] public double? Mscale { get; init; }

    /// <summary>Of <c>yarn</c> in another family; not built.</summary>
    [JsonPropertyName("mscale_all_dim")] public double? MscaleAllDim { get; init; }

    /// <summary>The kind, resolved; <c>default</c> scales nothing.</summary>
    [JsonIgnore] public string Kind => RopeType ?? OldType ?? "default";

    /// <summary>What keeps this scaling from being computed.</summary>
    /// <returns>One sentence each.</returns>
    internal IEnumerable<string> Problems()
    {
        string[] built = ["default", "linear", "dynamic", "llama3", "yarn"];
        if (!built.Contains(Kind))
        {
            yield return $"rope_scaling of type '{Kind}' is not built (built: {string.Join(", ", built)}); use a checkpoint with one of these, or remove it for texts of the original length";
            yield break;
        }

        if (Kind is not "default" && !(Factor is >= 1 and <= 1e6))
        {
            yield return $"rope_scaling.factor is {Show(Factor)}, expected 1 to 1000000";
        }

        if (Kind is "llama3" && (OriginalMaxPositionEmbeddings is null || !(LowFreqFactor > 0) || !(HighFreqFactor > LowFreqFactor) || !(HighFreqFactor < 1e9)))
        {
            yield return $"rope_scaling of type llama3 has original_max_position_embeddings {Show(OriginalMaxPositionEmbeddings)}, low_freq_factor {Show(LowFreqFactor)} and high_freq_factor {Show(HighFreqFactor)}, expected a length and two rising numbers above 0";
        }

        if (OriginalMaxPositionEmbeddings is < 1 or > 1 << 20)
        {
            yield return $"rope_scaling.original_max_position_embeddings is {OriginalMaxPositionEmbeddings}, expected 1 to {1 << 20}";
        }

        if (Kind is "yarn" && (!((BetaSlow ?? 1) > 0) || !((BetaFast ?? 32) > (BetaSlow ?? 1)) || !((BetaFast ?? 32) < 1e9) || !((AttentionFactor ?? 1) is > 0 and < 1e6)))
        {
            yield return $"rope_scaling of type yarn has beta_fast {Show(BetaFast)}, beta_slow {Show(BetaSlow)} and attention_factor {Show(AttentionFactor)}, expected numbers above 0, beta_fast the larger";
        }

        if (Mscale is not null || MscaleAllDim is not null)
        {
            yield return "rope_scaling.mscale is not built; use a checkpoint without it";
        }
    }

    private static string Show(double? value) => value?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "missing";
}

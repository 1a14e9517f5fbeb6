using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>How the experts' low-rank updates are joined.</summary>
public enum FusionRule
{
    /// <summary>Σ wₖ sₖ Bₖ Aₖ, as the paper says.</summary>
    Exact,

    /// <summary>(Σ Bⱼ)(Σ wₖ sₖ Aₖ), what peft 0.4 to 0.6 computes under the name "linear" and the published numbers rest on.</summary>
    PeftLinear05,

    /// <summary>(Σ √(wⱼ sⱼ) Bⱼ)(Σ √(wₖ sₖ) Aₖ), what peft computes from 0.9 on under the name "linear".</summary>
    PeftLinear09,
}

/// <summary>Turns gate decisions into a blend of adapters, one weighting per row.</summary>
public static class ExpertFusion
{
    /// <summary>Name of the adapter that everybody shares.</summary>
    public const string Global = "global";

    /// <summary>Name of a group's adapter.</summary>
    /// <param name="group">Group number from 0.</param>
    /// <returns>The name.</returns>
    public static string Expert(int group) => $"group-{group}";

    /// <summary>Builds the blend for rows.</summary>
    /// <param name="decisions">One for each row.</param>
    /// <param name="rule">How to join.</param>
    /// <param name="scaling">alpha / rank of the adapters.</param>
    /// <param name="device">Where the weights shall lie.</param>
    /// <returns>The blend; dispose it.</returns>
    public static AdapterBlend Blend(IReadOnlyList<GateDecision> decisions, FusionRule rule, double scaling, Device device)
    {
        if (decisions.All(d => d.Branch == GateBranch.Global))
        {
            return AdapterBlend.Single(Global);
        }

        int groups = decisions[0].Weights.Length;
        string[] names = [.. Enumerable.Range(0, groups).Select(Expert), Global];
        using var scope = TensorScope.Begin();
        if (rule == FusionRule.Exact || decisions.All(d => d.Branch != GateBranch.Fused))
        {
            float[] weights = [.. decisions.SelectMany(RowWeights)];
            return AdapterBlend.Weighted(names, Tensor.From(weights, decisions.Count, groups + 1).To(device));
        }

        float[] mixing = [.. decisions.SelectMany(d => RowMixing(d, rule, scaling))];
        return AdapterBlend.Mixed(names, Tensor.From(mixing, decisions.Count, groups + 1, groups + 1).To(device));
    }

    internal static float[] RowWeights(GateDecision decision)
    {
        int groups = decision.Weights.Length;
        var row = new float[groups + 1];
        switch (decision.Branch)
        {
            case GateBranch.Global:
                row[groups] = 1;
                break;
            case GateBranch.Single:
                row[decision.Strongest] = 1;
                break;
            default:
                for (int k = 0; k < groups; k++)
                {
                    row[k] = (float)decision.Weights[k];
                }

                break;
        }

        return row;
    }

    private static float[] RowMixing(GateDecision decision, FusionRule rule, double scaling)
    {
        int groups = decision.Weights.Length;
        int size = groups + 1;
        var matrix = new float[size * size];
        if (decision.Branch != GateBranch.Fused)
        {
            float[] weights = RowWeights(decision);
            for (int k = 0; k < size; k++)
            {
                matrix[(k * size) + k] = (float)(weights[k] * scaling);
            }

            return matrix;
        }

        for (int j = 0; j < groups; j++)
        {
            for (int k = 0; k < groups; k++)
            {
                double weight = rule == FusionRule.PeftLinear05
                    ? decision.Weights[k] * scaling
                    : Math.Sqrt(decision.Weights[j] * scaling) * Math.Sqrt(decision.Weights[k] * scaling);
                matrix[(j * size) + k] = (float)weight;
            }
        }

        return matrix;
    }
}

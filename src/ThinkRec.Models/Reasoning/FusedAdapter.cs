using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>What serves one user, written as one plain adapter: for programs that know adapters but no gate.</summary>
/// <remarks>A weighted sum of K adapters of rank r is one adapter of rank K r: Σ wₖ sₖ Bₖ Aₖ = [w₁ s₁ B₁ … ] [A₁; … ]. PEFT's rules are products of
/// two sums and keep rank r. Every layer gets the same rank, which not all programs could otherwise load; where experts share an adapter, so do its copies.</remarks>
public static class FusedAdapter
{
    /// <summary>Puts the adapter on the model.</summary>
    /// <param name="model">The model, with the global adapter and the experts.</param>
    /// <param name="decision">The gate's decision for the user; null for the global adapter.</param>
    /// <param name="rule">How experts are joined.</param>
    /// <param name="lora">Settings of the experts.</param>
    /// <param name="name">A name that is not taken.</param>
    /// <returns>The adapter's settings: its scale is one, and nothing is dropped.</returns>
    public static AdapterConfig Attach(LlamaModel model, GateDecision? decision, FusionRule rule, LoraConfig lora, string name)
    {
        ArgumentNullException.ThrowIfNull(model);
        Part[] parts = PartsOf(decision);
        bool isProduct = rule != FusionRule.Exact && parts.Length > 1;
        int rank = isProduct ? lora.Rank : lora.Rank * parts.Length;
        AdapterConfig config = lora with { Rank = rank, Alpha = rank, Dropout = 0, RankStabilized = false };
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var weights = new Dictionary<string, Tensor>();
        foreach (Projection projection in model.Projections.Where(p => p.Linear.Adapters.ContainsKey(parts[0].Name)))
        {
            Factor[] factors = [.. parts.Select(part => new Factor(projection.Linear.Adapters[part.Name], part.Weight))];
            (Tensor a, Tensor b) = !isProduct ? Stack(factors) : rule == FusionRule.PeftLinear05 ? Sum05(factors) : Sum09(factors);
            weights.Add($"{projection.Key}.lora_A.weight", a);
            weights.Add($"{projection.Key}.lora_B.weight", b);
        }

        Adapters.Attach(model, name, config, new Computed(weights), p => weights.ContainsKey($"{p.Key}.lora_A.weight"));
        return config;
    }

    private static Part[] PartsOf(GateDecision? decision)
    {
        if (decision is null)
        {
            return [new Part(ExpertFusion.Global, 1)];
        }

        float[] weights = ExpertFusion.RowWeights(decision);
        string[] names = [.. Enumerable.Range(0, weights.Length - 1).Select(ExpertFusion.Expert), ExpertFusion.Global];
        return [.. names.Zip(weights, (name, weight) => new Part(name, weight)).Where(part => part.Weight != 0)];
    }

    private static (Tensor A, Tensor B) Stack(Factor[] factors) =>
        (Tensor.Cat(0, [.. factors.Select(f => f.Adapter.A.Value)]), Tensor.Cat(1, [.. factors.Select(f => f.Adapter.B.Value.Mul(f.Scale))]));

    private static (Tensor A, Tensor B) Sum05(Factor[] factors) =>
        (Sum(factors.Select(f => f.Adapter.A.Value.Mul(f.Scale))), Sum(factors.Select(f => f.Adapter.B.Value)));

    private static (Tensor A, Tensor B) Sum09(Factor[] factors) =>
        (Sum(factors.Select(f => f.Adapter.A.Value.Mul(Math.Sqrt(f.Scale)))), Sum(factors.Select(f => f.Adapter.B.Value.Mul(Math.Sqrt(f.Scale)))));

    private static Tensor Sum(IEnumerable<Tensor> tensors) => tensors.Aggregate((sum, next) => sum + next);

    /// <summary>An adapter and its share.</summary>
    private readonly record struct Part(string Name, float Weight);

    /// <summary>An adapter's factors on one projection, and its share times its own scale.</summary>
    private readonly record struct Factor(LoraAdapter Adapter, float Weight)
    {
        internal double Scale => Weight * Adapter.Scaling;
    }

    private sealed class Computed(Dictionary<string, Tensor> weights) : WeightSource
    {
        public override Tensor Get(string key, long[] shape, Init init) => weights[key].Clone().Own();
    }
}

using ThinkRec.Nn;

namespace ThinkRec.Models.Llm;

/// <summary>A projection of one layer that adapters can be put on.</summary>
/// <param name="Layer">Layer number.</param>
/// <param name="Name">Upstream name, such as <c>q_proj</c>.</param>
/// <param name="Key">Full key of the module, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Linear">The projection.</param>
public sealed record Projection(int Layer, string Name, string Key, LoraLinear Linear);

/// <summary>Lists a model's projections in the order in which they are made.</summary>
internal sealed class ProjectionCatalog
{
    private readonly List<Projection> _projections = [];

    internal IReadOnlyList<Projection> All => _projections;

    internal LoraLinear Create(WeightPath path, int layer, string name, long inFeatures, long outFeatures)
    {
        WeightPath own = path / name;

        // Small normal weights, as Llama-family models are initialised; fan-in scaling keeps narrow models trainable.
        var init = new Init.Normal(Math.Min(0.02 * Math.Sqrt(4096.0 / inFeatures), 1 / Math.Sqrt(inFeatures)));
        var linear = new LoraLinear(new Linear(own, inFeatures, outFeatures, bias: false, init));
        _projections.Add(new Projection(layer, name, own.Prefix, linear));
        return linear;
    }
}

using ThinkRec.Nn;

namespace ThinkRec.Models.Llm;

/// <summary>A projection of one layer that adapters can be put on.</summary>
/// <param name="Layer">Layer number.</param>
/// <param name="Name">Upstream name, such as <c>q_proj</c>.</param>
/// <param name="Key">Full key of the module, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Linear">The projection.</param>
public sealed record Projection(int Layer, string Name, string Key, LoraLinear Linear);

/// <summary>Lists a model's projections in the order in which they are made.</summary>
/// <param name="layers">Layers of the model.</param>
internal sealed class ProjectionCatalog(int layers)
{
    private readonly List<Projection> _projections = [];

    internal IReadOnlyList<Projection> All => _projections;

    internal LoraLinear Create(WeightPath path, int layer, string name, long inFeatures, long outFeatures, bool bias = false)
    {
        WeightPath own = path / name;

        // Outputs of about the embedding's size; those that are added to the residual stream are smaller the more layers add to it.
        bool intoResidual = name is "o_proj" or "down_proj";
        double deviation = (intoResidual ? 0.3 / Math.Sqrt(2.0 * layers) : 1) / Math.Sqrt(inFeatures);
        var init = new Init.Normal(deviation);
        var linear = new LoraLinear(new Linear(own, inFeatures, outFeatures, bias, init));
        _projections.Add(new Projection(layer, name, own.Prefix, linear));
        return linear;
    }
}

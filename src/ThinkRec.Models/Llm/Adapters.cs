using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>Named LoRA adapters on a model: made, copied, shared and taken off. <see cref="AdapterFolder"/> saves and loads them.</summary>
public static class Adapters
{
    /// <summary>Puts a fresh adapter on every target projection; it changes nothing until it is trained.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name of the adapter.</param>
    /// <param name="config">Rank, scale and targets.</param>
    /// <param name="generator">Source of the initial weights, borrowed.</param>
    /// <exception cref="ArgumentException">A target matches no projection.</exception>
    public static void Create(LlamaModel model, string name, LoraConfig config, Generator generator)
    {
        string[] known = [.. model.Projections.Select(p => p.Name).Distinct()];
        string[] unknown = [.. config.TargetModules.Except(known)];
        if (unknown.Length > 0)
        {
            throw new ArgumentException($"LoRA target modules {string.Join(", ", unknown)} match no projection (have: {string.Join(", ", known)}).");
        }

        Attach(model, name, config, new FreshWeights(generator), p => true);
    }

    /// <summary>Makes an adapter that starts as another one: shared below a layer, a copy of its own from there on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="from">An adapter on the model.</param>
    /// <param name="name">Name of the new one.</param>
    /// <param name="config">Settings of both.</param>
    /// <param name="firstLayer">The first layer that gets its own weights.</param>
    /// <exception cref="ArgumentException">There is no adapter to start from, or the name is taken.</exception>
    public static void Fork(LlamaModel model, string from, string name, LoraConfig config, int firstLayer)
    {
        RequireFree(model, name);
        if (!Has(model, from))
        {
            throw new ArgumentException($"There is no adapter '{from}' to start '{name}' from. Create or load it first.");
        }

        foreach (Projection projection in model.Projections.Where(p => p.Linear.Adapters.ContainsKey(from)))
        {
            if (projection.Layer < firstLayer)
            {
                projection.Linear.ShareAdapter(name, from);
            }
            else
            {
                var copy = new CopiedWeights(projection.Linear.Adapters[from]);
                projection.Linear.AddAdapter(name, new WeightPath(copy, projection.Key), config);
            }
        }
    }

    /// <summary>Replaces an adapter's weights below a layer by another's, where both are the same anyway.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">The adapter that shall share.</param>
    /// <param name="with">The adapter to share with.</param>
    /// <param name="firstLayer">The first layer in which both keep their own.</param>
    public static void ShareBelow(LlamaModel model, string name, string with, int firstLayer)
    {
        foreach (Projection projection in model.Projections.Where(p => p.Layer < firstLayer && p.Linear.Adapters.ContainsKey(name)))
        {
            projection.Linear.RemoveAdapter(name);
            projection.Linear.ShareAdapter(name, with);
        }
    }

    /// <summary>Parameters of an adapter.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name of the adapter.</param>
    /// <param name="firstLayer">Layers below are left out.</param>
    /// <returns>In the order of the model's projections.</returns>
    public static IReadOnlyList<Parameter> Parameters(LlamaModel model, string name, int firstLayer = 0) =>
        [.. model.Projections.Where(p => p.Layer >= firstLayer && p.Linear.Adapters.ContainsKey(name))
            .SelectMany(p => p.Linear.Adapters[name].Parameters())];

    /// <summary>Takes an adapter off.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name of the adapter.</param>
    public static void Remove(LlamaModel model, string name)
    {
        foreach (Projection projection in model.Projections.Where(p => p.Linear.Adapters.ContainsKey(name)))
        {
            projection.Linear.RemoveAdapter(name);
        }
    }

    private static bool Has(LlamaModel model, string name) => model.Projections.Any(p => p.Linear.Adapters.ContainsKey(name));

    internal static void RequireFree(LlamaModel model, string name)
    {
        if (Has(model, name))
        {
            throw new ArgumentException($"There is an adapter '{name}' already. Remove it first, or choose another name.");
        }
    }

    /// <summary>Puts an adapter on the projections that its settings name and that are wanted.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name of the adapter, which must be free.</param>
    /// <param name="config">Settings by projection.</param>
    /// <param name="source">Its weights, under the projections' keys.</param>
    /// <param name="wanted">Which of the targets get one.</param>
    /// <param name="prefix">Written before the keys.</param>
    internal static void Attach(LlamaModel model, string name, AdapterConfig config, WeightSource source, Func<Projection, bool> wanted, string prefix = "")
    {
        RequireFree(model, name);
        foreach (Projection projection in model.Projections.Where(p => config.IsTarget(p.Key) && wanted(p)))
        {
            projection.Linear.AddAdapter(name, new WeightPath(source, prefix + projection.Key), config.Of(projection.Key));
        }
    }

    /// <summary>Weights copied from an adapter on the same projection.</summary>
    private sealed class CopiedWeights(LoraAdapter source) : WeightSource
    {
        public override Tensor Get(string key, long[] shape, Init init)
        {
            using var scope = TensorScope.Begin();
            Parameter parameter = key.EndsWith("lora_A.weight", StringComparison.Ordinal) ? source.A : source.B;
            if (!parameter.Value.Shape.SequenceEqual(shape))
            {
                throw new ArgumentException($"Adapter weight '{parameter.Key}' is [{string.Join(", ", parameter.Value.Shape.ToArray())}] but the settings of its copy need [{string.Join(", ", shape)}]. Use the settings that it was made with.");
            }

            return parameter.Value.Detach().Clone().Own();
        }
    }
}

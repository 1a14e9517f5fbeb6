using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>A frozen linear layer with named low-rank adapters beside it.</summary>
/// <remarks>Source: arXiv 2106.09685 §4.1. Keys as in peft.</remarks>
public sealed partial class LoraLinear : Module
{
    private readonly Dictionary<string, LoraAdapter> _adapters = [];
    private Tensor? _unmerged;
    private string? _mergedName;

    /// <summary>Wraps a layer and takes it over; whoever trains adapters alone freezes it.</summary>
    /// <param name="base">The layer.</param>
    public LoraLinear(Linear @base) => Base = Add(@base);

    /// <summary>The layer.</summary>
    public Linear Base { get; }

    /// <summary>Adapters by name; two names may share one.</summary>
    public IReadOnlyDictionary<string, LoraAdapter> Adapters => _adapters;

    /// <summary>Whether the base weight contains an adapter at present.</summary>
    public bool IsMerged => _mergedName != null;

    /// <summary>Adds an adapter with weights of its own, on the base's device.</summary>
    /// <param name="name">A name that is not taken.</param>
    /// <param name="path">Where <c>lora_A.weight</c> [r, in] and <c>lora_B.weight</c> [out, r] are.</param>
    /// <param name="config">Rank, scale and dropout.</param>
    public void AddAdapter(string name, WeightPath path, LoraConfig config)
    {
        RequireFree(name);
        if (config.Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException($"Adapter '{name}' for {Base.Weight.Key} has {problems.Count} problems: {string.Join("; ", problems)}.");
        }

        ReadOnlySpan<long> shape = Base.Weight.Value.Shape;
        LoraAdapter adapter = Add(new LoraAdapter(path, shape[1], shape[0], config));
        adapter.MoveTo(Base.Weight.Value.Device);
        _adapters.Add(name, adapter);
    }

    /// <summary>Gives an adapter of this layer a second name.</summary>
    /// <param name="name">The new name.</param>
    /// <param name="existing">The name that it has.</param>
    public void ShareAdapter(string name, string existing)
    {
        RequireFree(name);
        _adapters.Add(name, Find(existing));
    }

    /// <summary>Takes a name away; the adapter goes with its last name.</summary>
    /// <param name="name">The name.</param>
    public void RemoveAdapter(string name)
    {
        LoraAdapter adapter = Find(name);
        if (_mergedName == name)
        {
            throw new InvalidOperationException($"Adapter '{name}' is merged into {Base.Weight.Key}. Unmerge it before removing it.");
        }

        _adapters.Remove(name);
        if (!_adapters.ContainsValue(adapter))
        {
            Remove(adapter);
        }
    }

    /// <summary>Adds an adapter to the base weight, so that it costs nothing; training it is not possible meanwhile.</summary>
    /// <param name="name">The adapter.</param>
    /// <exception cref="InvalidOperationException">One is merged already, the base weight is Int8, or the sum is not finite; then nothing changes.</exception>
    public void Merge(string name)
    {
        if (IsMerged)
        {
            throw new InvalidOperationException($"Adapter '{_mergedName}' is merged into {Base.Weight.Key} already. Unmerge it first.");
        }

        LoraAdapter adapter = Find(name);
        if (Base.Scale is not null)
        {
            throw new InvalidOperationException($"{Base.Weight.Key} is held as int8, whose steps are coarser than what adapter '{name}' changes. Use the adapter unmerged, or load the model without int8 to merge it.");
        }

        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor weight = Base.Weight.Value;
        Tensor delta = adapter.Delta();
        Tensor wide = weight.DType is DType.Float16 or DType.BFloat16 ? weight.To(DType.Float32) : weight;
        Tensor merged = wide.Add(delta.To(wide.DType)).To(weight.DType);
        if (merged.IsFinite().LogicalNot().Sum().ToDouble() > 0)
        {
            throw new InvalidOperationException($"{Base.Weight.Key} plus adapter '{name}' has elements that are not finite. Use the adapter unmerged, or look for the step where it diverged.");
        }

        _unmerged = weight.Detach().Clone().Own();
        weight.CopyInPlace(merged);
        _mergedName = name;
    }

    /// <summary>Puts the base weight back, bit for bit.</summary>
    public void Unmerge()
    {
        if (_unmerged is null)
        {
            throw new InvalidOperationException($"No adapter is merged into {Base.Weight.Key}.");
        }

        using var noGrad = NoGrad.Begin();
        Base.Weight.Value.CopyInPlace(_unmerged);
        _unmerged.Dispose();
        (_unmerged, _mergedName) = (null, null);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _unmerged?.Dispose();
        base.Dispose(disposing);
    }

    private LoraAdapter Find(string name) => _adapters.TryGetValue(name, out LoraAdapter? adapter) ? adapter
        : throw new ArgumentException($"{Base.Weight.Key} has no adapter '{name}' (have: {string.Join(", ", _adapters.Keys)}).");

    private void RequireFree(string name)
    {
        if (_adapters.ContainsKey(name))
        {
            throw new ArgumentException($"{Base.Weight.Key} has an adapter '{name}' already. Remove it or choose another name.");
        }
    }
}

using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>A projection with named low-rank adapters; the projection itself stays as it is.</summary>
public sealed class LoraLinear : Module
{
    private readonly Dictionary<string, LoraAdapter> _adapters = [];
    private Tensor? _unmerged;

    /// <summary>Wraps a projection.</summary>
    /// <param name="base">The projection, owned from now on.</param>
    public LoraLinear(Linear @base) => Base = Add(@base);

    /// <summary>The projection.</summary>
    public Linear Base { get; }

    /// <summary>Adapters by name; two names may share one.</summary>
    public IReadOnlyDictionary<string, LoraAdapter> Adapters => _adapters;

    /// <summary>Whether an adapter is folded into the projection's weight.</summary>
    public bool IsMerged => _unmerged != null;

    /// <summary>Adds an adapter.</summary>
    /// <param name="name">Its name, not used yet.</param>
    /// <param name="path">Where its weights come from.</param>
    /// <param name="config">Rank, scale, dropout.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void AddAdapter(string name, WeightPath path, LoraConfig config)
    {
        if (_adapters.ContainsKey(name))
        {
            throw new ArgumentException($"There is an adapter '{name}' already (have: {string.Join(", ", _adapters.Keys)}). Remove it first, or choose another name.");
        }

        Tensor weight = Base.Weight.Value;
        _adapters.Add(name, Add(new LoraAdapter(path, weight.Size(1), weight.Size(0), config)));
    }

    /// <summary>Gives an adapter a second name.</summary>
    /// <param name="name">The new name.</param>
    /// <param name="existing">The name it has.</param>
    public void ShareAdapter(string name, string existing) => _adapters.Add(name, _adapters[existing]);

    /// <summary>Removes a name, and the adapter when it was its last one.</summary>
    /// <param name="name">The name.</param>
    public void RemoveAdapter(string name)
    {
        LoraAdapter adapter = _adapters[name];
        _adapters.Remove(name);
        if (!_adapters.ContainsValue(adapter))
        {
            Remove(adapter);
            adapter.Dispose();
        }
    }

    /// <summary>Projects, and adds the adapters' updates.</summary>
    /// <param name="x">[B, .., in], borrowed; rows as in the blend.</param>
    /// <param name="blend">Which adapters; null for none.</param>
    /// <returns>[B, .., out].</returns>
    /// <exception cref="InvalidOperationException">An adapter is merged.</exception>
    public Tensor Forward(Tensor x, AdapterBlend? blend)
    {
        if (blend is null || _adapters.Count == 0)
        {
            return Base.Forward(x);
        }

        if (IsMerged)
        {
            throw new InvalidOperationException("An adapter is merged into this projection; unmerge it before blending adapters.");
        }

        using var scope = TensorScope.Begin();
        Tensor projected = Base.Forward(x);
        LoraAdapter[] adapters = [.. blend.Names.Select(Named)];
        bool shared = Array.TrueForAll(adapters, a => a == adapters[0]);
        if (blend.Mixing is null && (blend.Weights is null || shared))
        {
            // Weights of a row sum to one, so a layer that all experts share needs no weighing.
            return scope.Return(adapters[0].AddTo(x, projected));
        }

        return scope.Return(projected + Blended(x, adapters, blend).To(projected.DType));
    }

    /// <summary>Folds an adapter into the projection's weight; a copy of the weight is kept.</summary>
    /// <param name="name">The adapter.</param>
    /// <exception cref="InvalidOperationException">One is merged already, or the result would not be finite.</exception>
    public void Merge(string name)
    {
        if (IsMerged)
        {
            throw new InvalidOperationException($"Adapter '{name}' cannot be merged: another one is. Unmerge it first.");
        }

        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        LoraAdapter adapter = Named(name);
        Tensor weight = Base.Weight.Value;
        Tensor merged = weight + adapter.B.Value.MatMul(adapter.A.Value).Mul(adapter.Scaling).To(weight.DType);
        if (merged.IsFinite().LogicalNot().To(DType.Float32).Sum().ToDouble() > 0)
        {
            throw new InvalidOperationException($"Merging adapter '{name}' would give weights that are not finite; its file is damaged or its training diverged.");
        }

        _unmerged = weight.Clone().Own();
        weight.CopyInPlace(merged);
    }

    /// <summary>Puts the projection's own weight back, bit for bit.</summary>
    public void Unmerge()
    {
        if (_unmerged is Tensor original)
        {
            using var noGrad = NoGrad.Begin();
            Base.Weight.Value.CopyInPlace(original);
            original.Dispose();
            _unmerged = null;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unmerged?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>All adapters in two products: x through the stacked A's, weighed per row, through the stacked B's.</summary>
    private static Tensor Blended(Tensor x, LoraAdapter[] adapters, AdapterBlend blend)
    {
        long rank = adapters[0].A.Value.Size(0);
        if (Array.Exists(adapters, a => a.A.Value.Size(0) != rank))
        {
            throw new InvalidOperationException("Adapters of different ranks cannot be blended in one batch. Train all experts with one rank.");
        }

        long rows = x.Size(0);
        int count = adapters.Length;
        Tensor stackedA = Tensor.Cat(0, [.. adapters.Select(a => a.A.Value)]); // [K r, in]
        Tensor stackedB = Tensor.Cat(1, [.. adapters.Select(a => a.B.Value)]); // [out, K r]
        Tensor inner = x.To(stackedA.DType).Linear(stackedA).Reshape(rows, -1, count, rank); // [B, T, K, r]
        if (blend.Mixing is Tensor mixing)
        {
            inner = mixing.Reshape(rows, 1, count, count).MatMul(inner);
        }
        else
        {
            Tensor scale = Tensor.From([.. adapters.Select(a => (float)a.Scaling)], 1, count).To(x.Device);
            inner = inner * (blend.Weights! * scale).Reshape(rows, 1, count, 1);
        }

        long[] shape = [.. x.Shape];
        shape[^1] = count * rank;
        return inner.Reshape(shape).Linear(stackedB);
    }

    private LoraAdapter Named(string name) => _adapters.TryGetValue(name, out LoraAdapter? adapter) ? adapter
        : throw new InvalidOperationException($"There is no adapter '{name}' (have: {string.Join(", ", _adapters.Keys)}).");
}

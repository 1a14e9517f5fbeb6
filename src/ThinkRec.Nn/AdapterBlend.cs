using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Which adapters act on which rows of a batch, and how strongly. An adapter that a layer does not have adds nothing there.</summary>
public sealed class AdapterBlend : IDisposable
{
    private readonly Dictionary<string, Tensor> _constants = [];

    private AdapterBlend(IReadOnlyList<string> names, Tensor? factors, bool isMixed)
    {
        Names = names;
        Factors = factors;
        IsMixed = isMixed;
    }

    /// <summary>Names of the adapters, in the order of the weights.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>[B, K] or, when mixed, [B, K, K]; null when every row uses one adapter as it is.</summary>
    internal Tensor? Factors { get; }

    internal bool IsMixed { get; }

    /// <summary>Whether all rows use one adapter as it is.</summary>
    public bool IsUniform => Factors is null;

    /// <summary>Every row uses the same adapter.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The blend.</returns>
    public static AdapterBlend Single(string name) => new([name], null, isMixed: false);

    /// <summary>Each row adds its own weighted sum of adapters, exactly: y += Σ_k w_k s_k B_k (A_k x).</summary>
    /// <param name="names">K adapters.</param>
    /// <param name="weights">[B, K]; the blend keeps a reference of its own.</param>
    /// <returns>The blend, which the caller disposes.</returns>
    public static AdapterBlend Weighted(IReadOnlyList<string> names, Tensor weights) =>
        new([.. names], Kept(weights, names, [names.Count], "[rows, adapters]"), isMixed: false);

    /// <summary>Each row mixes the low-rank activations of all adapters: y += Σ_j B_j Σ_k M_jk A_k x. The rules of PEFT's "linear" are such.</summary>
    /// <param name="names">K adapters, all of one rank.</param>
    /// <param name="mixing">M, [B, K, K], scaling included; the blend keeps a reference of its own.</param>
    /// <returns>The blend, which the caller disposes.</returns>
    public static AdapterBlend Mixed(IReadOnlyList<string> names, Tensor mixing) =>
        new([.. names], Kept(mixing, names, [names.Count, names.Count], "[rows, adapters, adapters]"), isMixed: true);

    /// <summary>The blend for a batch made of rows of this one's batch.</summary>
    /// <param name="rowIndices">Int64 [rows], on the weights' device. Borrowed.</param>
    /// <returns>A new blend, which the caller disposes.</returns>
    public AdapterBlend SelectRows(Tensor rowIndices)
    {
        if (Factors is null)
        {
            return new AdapterBlend(Names, null, IsMixed);
        }

        using var scope = TensorScope.Begin();
        return new AdapterBlend(Names, Factors.IndexSelect(0, rowIndices).Own(), IsMixed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Factors?.Dispose();
        foreach (Tensor constant in _constants.Values)
        {
            constant.Dispose();
        }

        _constants.Clear();
    }

    internal void CheckRows(Tensor x)
    {
        if (Factors != null && Factors.Size(0) != x.Size(0))
        {
            throw new ArgumentException($"The adapter blend has {Factors.Size(0)} rows but the batch is {x}. Repeat its rows as the batch repeats them.");
        }
    }

    /// <summary>Makes a small constant matrix once, and keeps it on the weights' device for the layers that follow.</summary>
    internal Tensor Constant(string key, DType dtype, long rows, long columns, Func<long, long, double> element)
    {
        string full = $"{key} {dtype}";
        if (_constants.TryGetValue(full, out Tensor? known))
        {
            return known;
        }

        var values = new double[rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = element(i / columns, i % columns);
        }

        using var scope = TensorScope.Begin();
        Tensor made = Tensor.From<double>(values, DType.Float64, rows, columns).To(dtype).To(Factors!.Device).Own();
        _constants.Add(full, made);
        return made;
    }

    private static Tensor Kept(Tensor factors, IReadOnlyList<string> names, ReadOnlySpan<long> perRow, string meaning)
    {
        if (names.Count == 0 || factors.Rank != perRow.Length + 1 || !factors.Shape[1..].SequenceEqual(perRow))
        {
            throw new ArgumentException($"A blend of {names.Count} adapters ({string.Join(", ", names)}) needs weights {meaning} but got {factors}.");
        }

        using var scope = TensorScope.Begin();
        return factors.Alias().Own();
    }
}

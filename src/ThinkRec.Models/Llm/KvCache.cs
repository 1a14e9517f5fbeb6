using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>Keys and values of the positions seen so far, one pair per layer. Belongs to one request, never to a model.</summary>
public sealed class KvCache : IDisposable
{
    private const long SmallestReserve = 64;
    private readonly Layer[] _layers;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="layers">Number of layers.</param>
    public KvCache(int layers) => _layers = new Layer[layers];

    /// <summary>Positions held.</summary>
    public long Length => _layers[0].Length;

    /// <summary>Adds new positions of one layer and gives back all of them. Single positions are written into room that grows by a half at a time.</summary>
    /// <param name="layer">Layer number.</param>
    /// <param name="keys">[B, heads, T, D], borrowed.</param>
    /// <param name="values">The same shape, borrowed.</param>
    /// <returns>Keys and values of every position, [B, heads, S, D], in the current scope; they show the cache's own memory.</returns>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        using var scope = TensorScope.Begin();
        Layer held = _layers[layer];
        long added = keys.Size(2);
        long length = held.Length + added;
        long room = added > 1 ? length : length + Math.Max(SmallestReserve, length / 2);
        bool fits = length <= (held.Keys?.Size(2) ?? 0);
        _layers[layer] = fits ? held with { Length = length }
            : new Layer(Grown(held.Keys, keys, held.Length, room), Grown(held.Values, values, held.Length, room), length);
        if (fits || held.Length > 0)
        {
            _layers[layer].Keys!.Narrow(2, held.Length, added).CopyInPlace(keys);
            _layers[layer].Values!.Narrow(2, held.Length, added).CopyInPlace(values);
        }

        return (scope.Return(_layers[layer].Keys!.Narrow(2, 0, length)), scope.Return(_layers[layer].Values!.Narrow(2, 0, length)));
    }

    /// <summary>A cache whose rows are copies of this one's, for continuing one prefix in several ways.</summary>
    /// <param name="count">Rows wanted; this cache must have one row.</param>
    /// <returns>A new cache; the memory is shared until it grows.</returns>
    public KvCache Repeat(long count)
    {
        using var scope = TensorScope.Begin();
        var copy = new KvCache(_layers.Length);
        for (int i = 0; i < _layers.Length; i++)
        {
            (Tensor? keys, Tensor? values, long length) = _layers[i];
            copy._layers[i] = new Layer(Repeated(keys!, length, count), Repeated(values!, length, count), length);
        }

        return copy;
    }

    /// <summary>A cache with some of this one's rows.</summary>
    /// <param name="rows">Numbers of the rows, in the order wanted.</param>
    /// <returns>A new cache with memory of its own.</returns>
    public KvCache Select(IReadOnlyList<int> rows)
    {
        using var scope = TensorScope.Begin();
        var copy = new KvCache(_layers.Length);
        Tensor index = Tensor.From([.. rows.Select(row => (long)row)], rows.Count);
        for (int i = 0; i < _layers.Length; i++)
        {
            (Tensor? keys, Tensor? values, long length) = _layers[i];
            Tensor where = index.To(keys!.Device);
            copy._layers[i] = new Layer(keys.IndexSelect(0, where).Own(), values!.IndexSelect(0, where).Own(), length);
        }

        return copy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Layer layer in _layers)
        {
            layer.Keys?.Dispose();
            layer.Values?.Dispose();
        }
    }

    // Without room for more, so that what shares memory is copied before it is written to.
    private static Tensor Repeated(Tensor held, long length, long count) => held.Narrow(2, 0, length).Expand(count, -1, -1, -1).Own();

    private static Tensor Grown(Tensor? held, Tensor added, long length, long room)
    {
        if (held is null)
        {
            return added.Alias().Own();
        }

        Tensor grown = Tensor.Empty([held.Size(0), held.Size(1), room, held.Size(3)], held.DType, held.Device);
        grown.Narrow(2, 0, length).CopyInPlace(held.Narrow(2, 0, length));
        held.Dispose();
        return grown.Own();
    }

    /// <summary>What one layer holds: keys and values [B, heads, room, D], of which the first positions are in use.</summary>
    private readonly record struct Layer(Tensor? Keys, Tensor? Values, long Length);
}

using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>Keys and values of the positions seen so far, one pair per layer. Belongs to one request, never to a model.</summary>
public sealed class KvCache : IDisposable
{
    private readonly Tensor?[] _keys;
    private readonly Tensor?[] _values;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="layers">Number of layers.</param>
    public KvCache(int layers)
    {
        _keys = new Tensor?[layers];
        _values = new Tensor?[layers];
    }

    /// <summary>Positions held.</summary>
    public long Length => _keys[0]?.Size(2) ?? 0;

    /// <summary>Adds new positions of one layer and gives back all of them.</summary>
    /// <param name="layer">Layer number.</param>
    /// <param name="keys">[B, heads, T, D], borrowed.</param>
    /// <param name="values">The same shape, borrowed.</param>
    /// <returns>Keys and values of every position, [B, heads, S, D]; the cache owns them.</returns>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        using var scope = TensorScope.Begin();
        Tensor allKeys = _keys[layer] is Tensor k ? Tensor.Cat(2, k, keys) : keys.Alias();
        Tensor allValues = _values[layer] is Tensor v ? Tensor.Cat(2, v, values) : values.Alias();
        _keys[layer]?.Dispose();
        _values[layer]?.Dispose();
        return (_keys[layer] = allKeys.Own(), _values[layer] = allValues.Own());
    }

    /// <summary>A cache whose rows are copies of this one's, for continuing one prefix in several ways.</summary>
    /// <param name="count">Rows wanted; this cache must have one row.</param>
    /// <returns>A new cache; the memory is shared until it grows.</returns>
    public KvCache Repeat(long count)
    {
        using var scope = TensorScope.Begin();
        var copy = new KvCache(_keys.Length);
        for (int i = 0; i < _keys.Length; i++)
        {
            copy._keys[i] = _keys[i]!.Expand(count, -1, -1, -1).Own();
            copy._values[i] = _values[i]!.Expand(count, -1, -1, -1).Own();
        }

        return copy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _keys.Length; i++)
        {
            _keys[i]?.Dispose();
            _values[i]?.Dispose();
        }
    }
}

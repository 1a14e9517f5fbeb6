using ThinkRec.Torch;

namespace ThinkRec.Models.Llm.Rope;

/// <summary>Rotary position embedding in the half-split layout of Hugging Face checkpoints.</summary>
/// <remarks>Source: arXiv 2104.09864 §3.4.2. The tables grow with the positions that are asked for; a model may have a hundred thousand.</remarks>
internal sealed class RotaryEmbedding : IDisposable
{
    private const int LeastRows = 512;
    private readonly Lock _growing = new();
    private readonly double[] _periods;
    private readonly double _amplitude;
    private readonly int _half;
    private readonly int _positions;
    private Table? _table;

    internal RotaryEmbedding(LlamaConfig config)
    {
        _half = config.HeadSize / 2;
        _periods = RopePeriods.Of(config);
        _amplitude = RopePeriods.Amplitude(config);
        _positions = config.MaxPositionEmbeddings;
    }

    /// <summary>Rotations for consecutive positions.</summary>
    /// <param name="start">First position.</param>
    /// <param name="count">How many.</param>
    /// <param name="like">A tensor of the queries' type and device, borrowed.</param>
    /// <returns>Cosines and signed sines, [count, head] each.</returns>
    internal (Tensor Cos, Tensor Sin) Range(long start, long count, Tensor like)
    {
        lock (_growing)
        {
            Table table = Rows(start + count, like);
            return (table.Cos.Narrow(0, start, count), table.Sin.Narrow(0, start, count));
        }
    }

    /// <summary>Rotations where rows of a batch are at different positions.</summary>
    /// <param name="positions">Int64 [B, T] on the CPU, from 0, borrowed.</param>
    /// <param name="last">The highest of them.</param>
    /// <param name="like">A tensor of the queries' type and device, borrowed.</param>
    /// <returns>Cosines and signed sines, [B, 1, T, head] each.</returns>
    internal (Tensor Cos, Tensor Sin) At(Tensor positions, long last, Tensor like)
    {
        Tensor flat = positions.Reshape(-1).To(like.Device);
        long[] shape = [positions.Size(0), 1, positions.Size(1), 2 * _half];
        lock (_growing)
        {
            Table table = Rows(last + 1, like);
            return (table.Cos.IndexSelect(0, flat).Reshape(shape), table.Sin.IndexSelect(0, flat).Reshape(shape));
        }
    }

    /// <summary>Rotates queries or keys.</summary>
    /// <param name="x">[B, heads, T, D], borrowed.</param>
    /// <param name="rotation">From <see cref="Range"/> or <see cref="At"/>.</param>
    /// <returns>[B, heads, T, D].</returns>
    internal Tensor Apply(Tensor x, (Tensor Cos, Tensor Sin) rotation)
    {
        using var scope = TensorScope.Begin();
        Tensor swapped = Tensor.Cat(-1, x.Narrow(-1, _half, _half), x.Narrow(-1, 0, _half));
        return scope.Return((x * rotation.Cos) + (swapped * rotation.Sin));
    }

    public void Dispose() => _table?.Dispose();

    private Table Rows(long count, Tensor like)
    {
        (DType dtype, Device device) = (like.DType, like.Device);
        if (_table is Table known && known.Count >= count && known.DType == dtype && known.Device == device)
        {
            return known;
        }

        long rows = Math.Min(_positions, Math.Max(LeastRows, 2 * (_table?.Count ?? 0)));
        Table made = Make((int)Math.Max(rows, count), dtype, device);
        _table?.Dispose();
        return _table = made;
    }

    private Table Make(int rows, DType dtype, Device device)
    {
        int width = 2 * _half;
        var cos = new float[(long)rows * width];
        var sin = new float[(long)rows * width];
        for (int position = 0; position < rows; position++)
        {
            for (int pair = 0; pair < _half; pair++)
            {
                double angle = position / _periods[pair];
                long at = ((long)position * width) + pair;
                cos[at] = cos[at + _half] = (float)(_amplitude * Math.Cos(angle));

                // The first half is multiplied by -x2, the second by x1: the sign lives here, so that rotating needs no negation.
                sin[at] = -(float)(_amplitude * Math.Sin(angle));
                sin[at + _half] = (float)(_amplitude * Math.Sin(angle));
            }
        }

        using var scope = TensorScope.Begin();
        return new Table(
            Tensor.From(cos, rows, width).To(dtype).To(device).Own(), Tensor.From(sin, rows, width).To(dtype).To(device).Own(), rows, dtype, device);
    }

    private sealed record Table(Tensor Cos, Tensor Sin, long Count, DType DType, Device Device) : IDisposable
    {
        public void Dispose()
        {
            Cos.Dispose();
            Sin.Dispose();
        }
    }
}

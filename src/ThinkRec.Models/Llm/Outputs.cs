using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>The positions of a pass whose states are wanted.</summary>
internal sealed class Outputs : IDisposable
{
    private static readonly Op FloorDivide = new("aten::floor_divide", "Scalar");
    private readonly Tensor _positions;
    private readonly bool _ownsBlend;

    /// <summary>Prepares the choice.</summary>
    /// <param name="positions">Int64 [N], row · T + position, borrowed.</param>
    /// <param name="blend">Adapters per row of the batch.</param>
    /// <param name="length">T.</param>
    internal Outputs(Tensor positions, AdapterBlend? blend, long length)
    {
        using var scope = TensorScope.Begin();
        _positions = positions;
        _ownsBlend = blend is { IsUniform: false };
        Blend = _ownsBlend ? blend!.SelectRows(FloorDivide.Call(positions, length)) : blend;
    }

    /// <summary>Adapters per chosen position.</summary>
    internal AdapterBlend? Blend { get; }

    /// <summary>The chosen positions of something.</summary>
    /// <param name="x">[B, T, size], borrowed.</param>
    /// <returns>[N, size].</returns>
    internal Tensor Select(Tensor x) => x.Reshape(-1, x.Size(-1)).IndexSelect(0, _positions);

    public void Dispose()
    {
        if (_ownsBlend)
        {
            Blend!.Dispose();
        }
    }
}

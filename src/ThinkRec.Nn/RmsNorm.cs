using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Scales the last dimension to root mean square 1, then by a learnt weight.</summary>
public sealed class RmsNorm : Module
{
    private readonly double _eps;

    /// <summary>Gets the weight <c>weight</c> [size].</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="size">Size of the last dimension.</param>
    /// <param name="eps">Added to the mean square.</param>
    public RmsNorm(WeightPath path, long size, double eps)
    {
        Weight = Add(path.Parameter("weight", [size], new Init.Ones()));
        _eps = eps;
    }

    /// <summary>[size].</summary>
    public Parameter Weight { get; }

    /// <summary>Applies the layer.</summary>
    /// <param name="x">[.., size]. Borrowed. Half precision is normalised in Float32, as in Llama.</param>
    /// <returns>Same shape and dtype, in the current scope.</returns>
    /// <remarks>Source: arXiv 1910.07467.</remarks>
    public Tensor Forward(Tensor x)
    {
        if (Fused.Takes(x) && Fused.Takes(Weight.Value))
        {
            return Fused.RmsNorm(x, Weight.Value, _eps);
        }

        using var scope = TensorScope.Begin();
        bool isHalf = x.DType is DType.Float16 or DType.BFloat16;
        Tensor wide = isHalf ? x.To(DType.Float32) : x;
        Tensor scale = wide.Mul(wide).Mean(-1, keep: true).Add(_eps).Rsqrt(); // [.., 1]
        Tensor normalised = wide.Mul(scale);
        return scope.Return((isHalf ? normalised.To(x.DType) : normalised).Mul(Weight.Value));
    }
}

using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Shifts and scales the last dimension to mean 0 and variance 1, then applies a learnt scale and shift.</summary>
public sealed class LayerNorm : Module
{
    private static readonly Op Normalise = new("aten::layer_norm");
    private readonly double _eps;

    /// <summary>Gets the weights <c>weight</c> and <c>bias</c>, [size] each.</summary>
    /// <param name="path">Where they are.</param>
    /// <param name="size">Size of the last dimension.</param>
    /// <param name="eps">Added to the variance.</param>
    public LayerNorm(WeightPath path, long size, double eps)
    {
        Weight = Add(path.Parameter("weight", [size], new Init.Ones()));
        Bias = Add(path.Parameter("bias", [size], new Init.Zeros()));
        _eps = eps;
    }

    /// <summary>[size].</summary>
    public Parameter Weight { get; }

    /// <summary>[size].</summary>
    public Parameter Bias { get; }

    /// <summary>Applies the layer.</summary>
    /// <param name="x">[.., size]. Borrowed.</param>
    /// <returns>Same shape, in the current scope.</returns>
    public Tensor Forward(Tensor x) => Normalise.Call(x, new[] { Weight.Value.Size(0) }, Weight.Value, Bias.Value, _eps);
}

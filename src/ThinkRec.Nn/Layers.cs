using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>x · Wᵀ + b.</summary>
public sealed class Linear : Module
{
    /// <summary>Builds the layer.</summary>
    /// <param name="path">Where weights come from; keys <c>weight</c> [out, in] and <c>bias</c> [out].</param>
    /// <param name="inFeatures">Inputs.</param>
    /// <param name="outFeatures">Outputs.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="init">Fills the weight; null as torch.nn.Linear does. A bias starts as torch's then, else at zero.</param>
    public Linear(WeightPath path, long inFeatures, long outFeatures, bool bias, Init? init = null)
    {
        Weight = Add(path.Parameter("weight", [outFeatures, inFeatures], init ?? new Init.KaimingUniform()));
        if (bias)
        {
            Bias = Add(path.Parameter("bias", [outFeatures], init is null ? new Init.LinearBias(inFeatures) : new Init.Zeros()));
        }
    }

    /// <summary>[out, in].</summary>
    public Parameter Weight { get; }

    /// <summary>[out], or null.</summary>
    public Parameter? Bias { get; }

    /// <summary>Applies the layer.</summary>
    /// <param name="x">[.., in], borrowed.</param>
    /// <returns>[.., out].</returns>
    public Tensor Forward(Tensor x) => x.Linear(Weight.Value, Bias?.Value);
}

/// <summary>A table of vectors.</summary>
public sealed class Embedding : Module
{
    private static readonly Op Lookup = new("aten::embedding");
    private readonly long _paddingIndex;

    /// <summary>Builds the table.</summary>
    /// <param name="path">Where weights come from; key <c>weight</c> [count, size].</param>
    /// <param name="count">Rows.</param>
    /// <param name="size">Length of a row.</param>
    /// <param name="init">Fills the table; null draws from N(0, 1) as torch.nn.Embedding does.</param>
    /// <param name="paddingIndex">A row that starts at zero and gets no gradient.</param>
    public Embedding(WeightPath path, long count, long size, Init? init = null, int? paddingIndex = null)
    {
        Weight = Add(path.Parameter("weight", [count, size], init ?? new Init.Normal(1)));
        _paddingIndex = paddingIndex ?? -1;
        if (paddingIndex is int row)
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            Weight.Value.Select(0, row).ZeroInPlace();
        }
    }

    /// <summary>[count, size].</summary>
    public Parameter Weight { get; }

    /// <summary>Looks rows up.</summary>
    /// <param name="indices">Int64 [..], borrowed.</param>
    /// <returns>[.., size].</returns>
    public Tensor Forward(Tensor indices) => Lookup.Call(Weight.Value, indices, _paddingIndex);
}

/// <summary>Root-mean-square normalisation.</summary>
/// <remarks>Source: arXiv 1910.07467 §4.</remarks>
public sealed class RmsNorm : Module
{
    private readonly double _eps;

    /// <summary>Builds the layer.</summary>
    /// <param name="path">Where weights come from; key <c>weight</c> [size].</param>
    /// <param name="size">Last dimension.</param>
    /// <param name="eps">Added to the mean square.</param>
    public RmsNorm(WeightPath path, long size, double eps)
    {
        Weight = Add(path.Parameter("weight", [size], new Init.Ones()));
        _eps = eps;
    }

    /// <summary>[size].</summary>
    public Parameter Weight { get; }

    /// <summary>Normalises the last dimension; computed in Float32.</summary>
    /// <param name="x">[.., size], borrowed.</param>
    /// <returns>[.., size], same dtype.</returns>
    public Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        Tensor wide = x.To(DType.Float32);
        Tensor inverse = (wide * wide).Mean(-1, keep: true).Add(_eps).Rsqrt();
        return scope.Return((wide * inverse).To(x.DType) * Weight.Value);
    }
}

/// <summary>Layer normalisation.</summary>
/// <remarks>Source: arXiv 1607.06450.</remarks>
public sealed class LayerNorm : Module
{
    private static readonly Op Norm = new("aten::layer_norm");
    private readonly long _size;
    private readonly double _eps;

    /// <summary>Builds the layer.</summary>
    /// <param name="path">Where weights come from; keys <c>weight</c> and <c>bias</c> [size].</param>
    /// <param name="size">Last dimension.</param>
    /// <param name="eps">Added to the variance.</param>
    public LayerNorm(WeightPath path, long size, double eps)
    {
        Weight = Add(path.Parameter("weight", [size], new Init.Ones()));
        Bias = Add(path.Parameter("bias", [size], new Init.Zeros()));
        _size = size;
        _eps = eps;
    }

    /// <summary>[size].</summary>
    public Parameter Weight { get; }

    /// <summary>[size].</summary>
    public Parameter Bias { get; }

    /// <summary>Normalises the last dimension.</summary>
    /// <param name="x">[.., size], borrowed.</param>
    /// <returns>[.., size].</returns>
    public Tensor Forward(Tensor x) => Norm.Call(x, new[] { _size }, Weight.Value, Bias.Value, _eps);
}

using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>x · Wᵀ + b. A source may give the weight as 8-bit integers, with a scale for each row; it is frozen then.</summary>
public sealed class Linear : Module
{
    /// <summary>Gets the weights <c>weight</c> [out, in] and <c>bias</c> [out].</summary>
    /// <param name="path">Where they are.</param>
    /// <param name="inFeatures">Size of the last dimension of the input.</param>
    /// <param name="outFeatures">Size of the last dimension of the output.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="init">How the weight starts; <see cref="Init.KaimingUniform"/> when null.</param>
    public Linear(WeightPath path, long inFeatures, long outFeatures, bool bias, Init? init = null)
    {
        Weight = Add(path.Parameter("weight", [outFeatures, inFeatures], init ?? new Init.KaimingUniform()));
        Scale = Weight.Value.DType == DType.Int8 ? Add(path.Parameter("weight" + Int8Rows.ScaleSuffix, [outFeatures], new Init.Ones())) : null;
        if (Scale is not null)
        {
            Scale.Trainable = false;
        }

        Bias = bias ? Add(path.Parameter("bias", [outFeatures], new Init.LinearBias(inFeatures))) : null;
    }

    /// <summary>[out, in].</summary>
    public Parameter Weight { get; }

    /// <summary>[out], or null.</summary>
    public Parameter? Bias { get; }

    /// <summary>What one step of each row of an Int8 weight is worth: Float32 [out]; null for a floating weight.</summary>
    public Parameter? Scale { get; }

    /// <summary>Applies the layer.</summary>
    /// <param name="x">[.., in], dtype of the weight; with an Int8 weight any floating one. Borrowed.</param>
    /// <returns>[.., out], in the current scope.</returns>
    public Tensor Forward(Tensor x) =>
        Scale is null ? F.Linear(x, Weight.Value, Bias?.Value) : Int8Rows.Linear(x, Weight.Value, Scale.Value, Bias?.Value);
}

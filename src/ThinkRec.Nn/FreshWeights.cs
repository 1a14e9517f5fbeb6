using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Weights that start as their initialiser says, on the CPU.</summary>
/// <param name="generator">Source of the numbers, borrowed; the order of requests decides which weight gets which.</param>
/// <param name="dtype">Element type.</param>
public sealed class FreshWeights(Generator generator, DType dtype = DType.Float32) : WeightSource
{
    /// <inheritdoc/>
    public override Tensor Get(string key, long[] shape, Init init)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor weight = Tensor.Empty(shape);
        init.Fill(weight, generator);
        return weight.To(dtype).Own();
    }
}

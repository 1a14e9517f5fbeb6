namespace ThinkRec.Torch;

public sealed partial class Tensor
{
    /// <summary>Matrix product, batched and broadcast over leading dimensions.</summary>
    /// <param name="other">Borrowed.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor MatMul(Tensor other) =>
        Ops.Matmul.Call(this, other);

    /// <summary>x · Wᵀ + b.</summary>
    /// <param name="weight">[out, in], borrowed.</param>
    /// <param name="bias">[out], borrowed, or null.</param>
    /// <returns>[.., out]</returns>
    public Tensor Linear(Tensor weight, Tensor? bias = null) =>
        Ops.Linear.Call(this, weight, bias);

    /// <summary>Sum of all elements.</summary>
    /// <returns>A single number.</returns>
    public Tensor Sum() =>
        Ops.Sum.Call(this);

    /// <summary>Sum along a dimension.</summary>
    /// <param name="dimension">Which.</param>
    /// <param name="keep">Keeps it with size one.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Sum(long dimension, bool keep = false) =>
        Ops.SumDimIntlist.Call(this, new[] { dimension }, keep);

    /// <summary>Mean of all elements.</summary>
    /// <returns>A single number.</returns>
    public Tensor Mean() =>
        Ops.Mean.Call(this);

    /// <summary>Mean along a dimension.</summary>
    /// <param name="dimension">Which.</param>
    /// <param name="keep">Keeps it with size one.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Mean(long dimension, bool keep = false) =>
        Ops.MeanDim.Call(this, new[] { dimension }, keep);

    /// <summary>Index of the largest element along a dimension.</summary>
    /// <param name="dimension">Which.</param>
    /// <returns>Int64.</returns>
    public Tensor ArgMax(long dimension) =>
        Ops.Argmax.Call(this, dimension);

    /// <summary>Largest elements along a dimension, in falling order.</summary>
    /// <param name="k">How many.</param>
    /// <param name="dimension">Which.</param>
    /// <returns>Values, and their Int64 indices.</returns>
    public (Tensor Values, Tensor Indices) TopK(long k, long dimension = -1) =>
        Ops.Topk.CallPair(this, k, dimension);

    /// <summary>Softmax along a dimension.</summary>
    /// <param name="dimension">Which.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Softmax(long dimension) =>
        Ops.SoftmaxInt.Call(this, dimension);

    /// <summary>Logarithm of the softmax along a dimension.</summary>
    /// <param name="dimension">Which.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor LogSoftmax(long dimension) =>
        Ops.LogSoftmaxInt.Call(this, dimension);

    /// <summary>Running sum along a dimension.</summary>
    /// <param name="dimension">Which.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor CumSum(long dimension) =>
        Ops.Cumsum.Call(this, dimension);
}

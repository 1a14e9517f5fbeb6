using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Loss functions. Half-precision logits are widened to Float32.</summary>
public static class Losses
{
    private const int None = 0;
    private const int Mean = 1;
    private const int Sum = 2;
    private const int Ignored = -100;
    private static readonly Op BinaryCrossEntropy = new("aten::binary_cross_entropy_with_logits");
    private static readonly Op CrossEntropy = new("aten::cross_entropy_loss");
    private static readonly Op ThroughHead = new("thinkrec::head_cross_entropy");

    /// <summary>Mean of -y·ln σ(z) - (1-y)·ln(1-σ(z)).</summary>
    /// <param name="logits">z, any shape. Borrowed, as are all.</param>
    /// <param name="labels">y in [0, 1], same shape and dtype.</param>
    /// <param name="weights">One per element, at least 0 and not all 0; the result is then Σ w·loss / Σ w.</param>
    /// <returns>One number, in the current scope.</returns>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor labels, Tensor? weights = null)
    {
        using var scope = TensorScope.Begin();
        Tensor z = Widened(logits);
        return scope.Return(weights is null
            ? BinaryCrossEntropy.Call(z, labels, Arg.None, Arg.None, Mean)
            : BinaryCrossEntropy.Call(z, labels, weights, Arg.None, Sum).Div(weights.Sum()));
    }

    /// <summary>Mean of -β·y·ln σ(z) - (1-y)·ln(1-σ(z)).</summary>
    /// <param name="logits">z, any shape. Borrowed, as are both.</param>
    /// <param name="labels">y in [0, 1], same shape and dtype.</param>
    /// <param name="beta">β, more than 0; below 1 it takes back the overconfidence that too few of many negatives bring.</param>
    /// <returns>One number, in the current scope.</returns>
    /// <remarks>gBCE of arXiv 2308.07192 §5.2. The logarithms are softplus functions of z, which no z overflows. Parity: gsasrec.</remarks>
    public static Tensor GeneralizedBinaryCrossEntropy(Tensor logits, Tensor labels, double beta)
    {
        using var scope = TensorScope.Begin();
        Tensor z = Widened(logits);
        return scope.Return(BinaryCrossEntropy.Call(z, labels, Arg.None, Tensor.Full([1], beta, z.DType, z.Device), Mean));
    }

    /// <summary>Mean negative log-probability of the targets.</summary>
    /// <param name="logits">[N, V]. Borrowed.</param>
    /// <param name="targets">Int64 [N]; -100 leaves a row out. Not a number when all are left out.</param>
    /// <returns>One number, in the current scope.</returns>
    public static Tensor TokenCrossEntropy(Tensor logits, Tensor targets) => Tokens(logits, targets, Mean);

    /// <summary>Negative log-probability of each target.</summary>
    /// <param name="logits">[N, V]. Borrowed.</param>
    /// <param name="targets">Int64 [N]; -100 gives 0.</param>
    /// <returns>[N], in the current scope.</returns>
    public static Tensor TokenCrossEntropyEach(Tensor logits, Tensor targets) => Tokens(logits, targets, None);

    /// <summary>Σ weight · negative log-probability of each target, through the output head, some positions at a time: logits of all positions never exist at once.</summary>
    /// <param name="hidden">[N, H], floating point. Borrowed, as are all.</param>
    /// <param name="head">[V, H]; half precision multiplies in its own type.</param>
    /// <param name="targets">Int64 [N], where the head lies; negative ones count nothing.</param>
    /// <param name="weights">Float32 [N], where the head lies; no gradient reaches them.</param>
    /// <returns>The sum, and the positions' own values [N] without a gradient; Float32, in the current scope.</returns>
    /// <remarks>The gradients are made with the loss, so that nothing of the vocabulary's size waits for backward. The code is native/torchshim/head_loss.cpp.</remarks>
    public static (Tensor Total, Tensor Each) HeadCrossEntropy(Tensor hidden, Tensor head, Tensor targets, Tensor weights) =>
        ThroughHead.CallPair(hidden, head, targets, weights);

    private static Tensor Tokens(Tensor logits, Tensor targets, int reduction)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(CrossEntropy.Call(Widened(logits), targets, Arg.None, reduction, Ignored));
    }

    private static Tensor Widened(Tensor logits) =>
        logits.DType is DType.Float16 or DType.BFloat16 ? logits.To(DType.Float32) : logits;

    /// <summary>Binary cross-entropy of each logit.</summary>
    /// <param name="logits">[n], floating point, borrowed.</param>
    /// <param name="labels">[n], the same type, borrowed.</param>
    /// <returns>[n], unreduced.</returns>
    public static Tensor BinaryCrossEntropyEach(Tensor logits, Tensor labels)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(BinaryCrossEntropy.Call(Widened(logits), labels, Arg.None, Arg.None, None));
    }
}

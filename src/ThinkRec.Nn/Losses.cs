using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Training losses.</summary>
public static class Losses
{
    private const int NoReduction = 0;
    private const int MeanReduction = 1;
    private static readonly Op Bce = new("aten::binary_cross_entropy_with_logits");
    private static readonly Op CrossEntropy = new("aten::cross_entropy_loss");

    /// <summary>Binary cross-entropy of logits.</summary>
    /// <param name="logits">[n], borrowed.</param>
    /// <param name="labels">[n], 0 or 1 as floating point, borrowed.</param>
    /// <param name="weights">One for each element; the result is Σ w·l / Σ w. Null for the plain mean.</param>
    /// <returns>A single number.</returns>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor labels, Tensor? weights = null)
    {
        if (weights is null)
        {
            return Bce.Call(logits, labels, Arg.None, Arg.None, MeanReduction);
        }

        using var scope = TensorScope.Begin();
        return scope.Return((BinaryCrossEntropyEach(logits, labels) * weights).Sum() / weights.Sum());
    }

    /// <summary>Binary cross-entropy of each logit.</summary>
    /// <param name="logits">[n], borrowed.</param>
    /// <param name="labels">[n], borrowed.</param>
    /// <returns>[n].</returns>
    public static Tensor BinaryCrossEntropyEach(Tensor logits, Tensor labels) => Bce.Call(logits, labels, Arg.None, Arg.None, NoReduction);

    /// <summary>Mean cross-entropy of token predictions.</summary>
    /// <param name="logits">[N, V], borrowed.</param>
    /// <param name="targets">Int64 [N], borrowed.</param>
    /// <returns>A single number.</returns>
    public static Tensor TokenCrossEntropy(Tensor logits, Tensor targets) => CrossEntropy.Call(logits, targets);

    /// <summary>Cross-entropy of each token prediction.</summary>
    /// <param name="logits">[N, V], borrowed.</param>
    /// <param name="targets">Int64 [N], borrowed.</param>
    /// <returns>[N].</returns>
    public static Tensor TokenCrossEntropyEach(Tensor logits, Tensor targets) => CrossEntropy.Call(logits, targets, Arg.None, NoReduction);
}

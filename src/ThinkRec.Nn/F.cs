using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Functions without weights.</summary>
public static class F
{
    private static readonly Op DropoutOp = new("aten::dropout");

    /// <summary>Zeroes elements at random and scales the rest up.</summary>
    /// <param name="x">Any shape, borrowed.</param>
    /// <param name="probability">Share that is zeroed.</param>
    /// <param name="training">Nothing happens when false.</param>
    /// <returns>The same shape.</returns>
    public static Tensor Dropout(Tensor x, double probability, bool training) =>
        training && probability > 0 ? DropoutOp.Call(x, probability, true) : x;

    /// <summary>softmax(q·kᵀ / √D + mask) · v.</summary>
    /// <param name="q">[B, N, T, D], borrowed.</param>
    /// <param name="k">[B, N, S, D], borrowed.</param>
    /// <param name="v">[B, N, S, D], borrowed.</param>
    /// <param name="mask">Added to the scores; broadcast to [B, N, T, S]. Null for none.</param>
    /// <param name="dropout">Probability on the attention weights.</param>
    /// <param name="training">Whether dropout acts.</param>
    /// <returns>[B, N, T, D].</returns>
    /// <remarks>Source: arXiv 1706.03762 §3.2.1.</remarks>
    public static Tensor ScaledDotProductAttention(Tensor q, Tensor k, Tensor v, Tensor? mask, double dropout = 0, bool training = false)
    {
        using var scope = TensorScope.Begin();
        Tensor scores = q.Mul(1 / Math.Sqrt(q.Size(-1))).MatMul(k.Transpose(-2, -1)); // [B, N, T, S]
        Tensor weights = (mask is null ? scores : scores + mask).Softmax(-1);
        return scope.Return(Dropout(weights, dropout, training).MatMul(v));
    }
}

using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Functions without weights.</summary>
public static class F
{
    private static readonly Op DropoutOp = new("aten::dropout");

    /// <summary>softmax(q·kᵀ/√D + mask) · v.</summary>
    /// <param name="q">[B, N, T, D]. Borrowed, as are all.</param>
    /// <param name="k">[B, N, S, D].</param>
    /// <param name="v">[B, N, S, D].</param>
    /// <param name="mask">Added to the scores; broadcasts to [B, N, T, S]. Null attends everywhere.</param>
    /// <param name="dropout">Probability of dropping an attention weight.</param>
    /// <param name="training">Whether dropout acts.</param>
    /// <returns>[B, N, T, D], in the current scope; with half precision the softmax is computed in Float32. A row whose mask is minus infinity throughout is not a number.</returns>
    public static Tensor ScaledDotProductAttention(Tensor q, Tensor k, Tensor v, Tensor? mask, double dropout = 0, bool training = false)
    {
        using var scope = TensorScope.Begin();
        Tensor scores = q.Mul(1 / Math.Sqrt(q.Size(-1))).MatMul(k.Transpose(-2, -1)); // [B, N, T, S]
        if (mask != null)
        {
            scores = scores.Add(mask);
        }

        Tensor weights = v.DType is DType.Float16 or DType.BFloat16 ? scores.To(DType.Float32).Softmax(-1).To(v.DType) : scores.Softmax(-1);
        if (training && dropout > 0)
        {
            weights = Dropout(weights, dropout, training);
        }

        return scope.Return(weights.MatMul(v));
    }

    /// <summary>Zeroes elements at random and scales the others up, so that the mean stays; draws from the default generator.</summary>
    /// <param name="x">Any tensor. Borrowed.</param>
    /// <param name="p">Probability of zero, in [0, 1].</param>
    /// <param name="training">Nothing happens when false.</param>
    /// <returns>Same shape, in the current scope.</returns>
    public static Tensor Dropout(Tensor x, double p, bool training) =>
        training && p > 0 ? DropoutOp.Call(x, p, true) : x.Alias();
}

using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Functions without weights.</summary>
public static class F
{
    private static readonly Op DropoutOp = new("aten::dropout");

    /// <summary>x · Wᵀ + b. A single row is multiplied as a vector, which BLAS does several times as fast as a matrix of one row.</summary>
    /// <param name="x">[.., in], dtype of the weight. Borrowed, as are all.</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[.., out], in the current scope.</returns>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (x.NumElements != weight.Size(1) || x.DType != DType.Float32 || x.Device != Device.Cpu)
        {
            return x.Linear(weight, bias);
        }

        using var scope = TensorScope.Begin();
        Tensor product = weight.MatMul(x.Reshape(-1));
        long[] shape = [.. x.Shape[..^1], weight.Size(0)];
        return scope.Return((bias is null ? product : product + bias).Reshape(shape));
    }

    /// <summary>softmax(q·kᵀ/√D + mask) · v. Where N is a multiple of K, so many heads of q in a row share one of k and v, which is not copied for them.</summary>
    /// <param name="q">[B, N, T, D]. Borrowed, as are all.</param>
    /// <param name="k">[B, K, S, D].</param>
    /// <param name="v">[B, K, S, D].</param>
    /// <param name="mask">Added to the scores: [T, S], or [B, 1, T, S]. Null attends everywhere.</param>
    /// <param name="dropout">Probability of dropping an attention weight.</param>
    /// <param name="training">Whether dropout acts.</param>
    /// <returns>[B, N, T, D], in the current scope; with half precision the softmax is computed in Float32. A row whose mask is minus infinity throughout is not a number.</returns>
    public static Tensor ScaledDotProductAttention(Tensor q, Tensor k, Tensor v, Tensor? mask, double dropout = 0, bool training = false)
    {
        using var scope = TensorScope.Begin();
        long[] shape = q.Shape.ToArray();
        long sharing = shape[1] / k.Size(1), length = shape[2], keys = k.Size(2);
        Tensor scaled = q.Mul(1 / Math.Sqrt(shape[3]));
        Tensor grouped = sharing == 1 ? scaled : scaled.Reshape(shape[0], k.Size(1), sharing * length, shape[3]);
        Tensor scores = grouped.MatMul(k.Transpose(-2, -1)); // [B, K, N / K · T, S]
        if (mask != null)
        {
            scores = sharing == 1 ? scores.Add(mask)
                : scores.Reshape(shape[0], k.Size(1), sharing, length, keys).Add(mask.Unsqueeze(-3)).Reshape(shape[0], k.Size(1), sharing * length, keys);
        }

        Tensor weights = v.DType is DType.Float16 or DType.BFloat16 ? scores.To(DType.Float32).Softmax(-1).To(v.DType) : scores.Softmax(-1);
        if (training && dropout > 0)
        {
            weights = Dropout(weights, dropout, training);
        }

        return scope.Return(weights.MatMul(v).Reshape(shape));
    }

    /// <summary>Zeroes elements at random and scales the others up, so that the mean stays; draws from the default generator.</summary>
    /// <param name="x">Any tensor. Borrowed.</param>
    /// <param name="p">Probability of zero, in [0, 1].</param>
    /// <param name="training">Nothing happens when false.</param>
    /// <returns>Same shape, in the current scope.</returns>
    public static Tensor Dropout(Tensor x, double p, bool training) =>
        training && p > 0 ? DropoutOp.Call(x, p, true) : x.Alias();
}

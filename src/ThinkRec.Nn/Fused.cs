using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Operators of the native shim that do in one pass what a chain of ATen's takes several for, backward included: Float32 on the CPU only.</summary>
/// <remarks>The code is native/torchshim/fused.cpp and cpu/.</remarks>
public static class Fused
{
    private static readonly Op Attention = new("thinkrec::causal_attention");
    private static readonly Op Norm = new("thinkrec::rms_norm");
    private static readonly Op Gated = new("thinkrec::swiglu");

    /// <summary>Whether the operators take a tensor.</summary>
    /// <param name="x">Any tensor, borrowed.</param>
    /// <returns>True for Float32, contiguous and on the CPU.</returns>
    public static bool Takes(Tensor x) => x.HasFloats;

    /// <summary>Rotates queries and keys, and lets each position attend to itself and to earlier ones of its own sequence. Scores exist for a few queries at a time.</summary>
    /// <param name="q">[.., heads · D], tokens of all sequences one behind the other. Borrowed, as are all.</param>
    /// <param name="k">[.., keyHeads · D]; so many heads of q in a row share one.</param>
    /// <param name="v">[.., keyHeads · D].</param>
    /// <param name="rotation">Cosines and signed sines, [at least the longest sequence, D]; null for no rotation.</param>
    /// <param name="offsets">Int64 [sequences + 1]: where each begins, and the end.</param>
    /// <param name="heads">Heads of q.</param>
    /// <param name="keyHeads">Heads of k and v.</param>
    /// <returns>Like q, in the current scope.</returns>
    public static Tensor CausalAttention(Tensor q, Tensor k, Tensor v, (Tensor Cos, Tensor Sin)? rotation, Tensor offsets, int heads, int keyHeads) =>
        rotation is (Tensor cos, Tensor sin) ? Attention.Call(q, k, v, cos, sin, offsets, heads, keyHeads)
            : Attention.Call(q, k, v, Arg.None, Arg.None, offsets, heads, keyHeads);

    /// <summary>x over its root mean square, times a weight.</summary>
    /// <param name="x">[.., size]. Borrowed, as are all.</param>
    /// <param name="weight">[size].</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <returns>Like x, in the current scope.</returns>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps) => Norm.Call(x, weight, eps);

    /// <summary>silu(gate) · up.</summary>
    /// <param name="gate">Any shape. Borrowed, as are both.</param>
    /// <param name="up">The same shape.</param>
    /// <returns>The same shape, in the current scope.</returns>
    public static Tensor Swiglu(Tensor gate, Tensor up)
    {
        if (Takes(gate) && Takes(up))
        {
            return Gated.Call(gate, up);
        }

        using var scope = TensorScope.Begin();
        return scope.Return(gate.Silu() * up);
    }
}

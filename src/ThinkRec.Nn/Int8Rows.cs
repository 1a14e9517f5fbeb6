using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Matrices as 8-bit integers with one scale for each row: the largest absolute value of a row is 127 steps.</summary>
public static class Int8Rows
{
    /// <summary>What the key of a weight's scales ends in, as other tools name it.</summary>
    public const string ScaleSuffix = "_scale";

    private const double Steps = 127;
    private const double LeastScale = 1.1754943508222875e-38; // the least normal Float32: rows of zeros, or of hardly more, have it
    private const double GreatestScale = 2.67938e36; // of which 127 are finite still
    private static readonly Op Round = new("aten::round");
    private static readonly Op Largest = new("aten::amax");
    private static readonly Op Product = new("thinkrec::linear_int8");

    /// <summary>Rounds each element to the nearest step, halves to even, a few rows at a time.</summary>
    /// <param name="weight">[out, in], floating and finite. Borrowed.</param>
    /// <returns>Int8 [out, in] and Float32 [out], where the weight lies, in the current scope. Off by half a scale at most.</returns>
    public static (Tensor Weight, Tensor Scale) Quantize(Tensor weight)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        (long rows, long width) = (weight.Size(0), weight.Size(1));
        Tensor integers = Tensor.Empty([rows, width], DType.Int8, weight.Device);
        Tensor scales = Tensor.Empty([rows], DType.Float32, weight.Device);
        long step = Math.Max(1, SafetensorsFile.PieceElements / Math.Max(1, width));
        for (long first = 0; first < rows; first += step)
        {
            using var piece = TensorScope.Begin();
            long count = Math.Min(step, rows - first);
            Tensor some = weight.Narrow(0, first, count).To(DType.Float32);
            Tensor scale = Largest.Call(some.Abs(), new[] { 1L }, true).Div(Steps).Clamp(LeastScale, GreatestScale); // [count, 1]
            integers.Narrow(0, first, count).CopyInPlace(Round.Call(some.Div(scale)).Clamp(-Steps, Steps));
            scales.Narrow(0, first, count).CopyInPlace(scale.Squeeze(1));
        }

        return (scope.Return(integers), scope.Return(scales));
    }

    /// <summary>The matrix that is computed with.</summary>
    /// <param name="weight">Int8 [out, in]. Borrowed.</param>
    /// <param name="scale">Float32 [out]. Borrowed.</param>
    /// <returns>Float32 [out, in], in the current scope.</returns>
    public static Tensor Dequantize(Tensor weight, Tensor scale) => weight.To(DType.Float32).Mul(scale.Unsqueeze(1));

    /// <summary>x · Wᵀ + b. Backward reaches x and the bias, and keeps no floating copy of the weight until then.</summary>
    /// <param name="x">[.., in], floating. Borrowed, as are all.</param>
    /// <param name="weight">Int8 [out, in].</param>
    /// <param name="scale">Float32 [out].</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[.., out], dtype of x, in the current scope.</returns>
    /// <exception cref="TorchException">The shapes do not fit, or the native shim was built before there was such a product.</exception>
    /// <remarks>The product is native/torchshim/int8.cpp.</remarks>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor scale, Tensor? bias)
    {
        using var scope = TensorScope.Begin();
        Tensor product = Product.Call(x, weight, scale);
        return scope.Return(bias is null ? product : product + bias);
    }
}

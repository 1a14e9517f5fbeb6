using ThinkRec.Torch;

namespace ThinkRec.Training.Encoders;

/// <summary>Logistic regression by Newton's method in Float64: exact, the same on every machine, for a few dozen numbers a row.</summary>
internal static class LogisticRegression
{
    private const int Steps = 12;
    private static readonly Op Solve = new("aten::linalg_solve");

    /// <summary>Fits weights.</summary>
    /// <param name="numbers">[rows · width]; a column of ones where an intercept is wanted.</param>
    /// <param name="labels">[rows], one or more.</param>
    /// <param name="ridge">Weight of half the squared length of the weights; more than 0, so that there always is one answer.</param>
    /// <returns>[width].</returns>
    internal static double[] Fit(double[] numbers, bool[] labels, double ridge)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        int width = numbers.Length / labels.Length;
        Tensor x = Tensor.From<double>(numbers, DType.Float64, labels.Length, width);
        Tensor y = Tensor.From<double>([.. labels.Select(label => label ? 1.0 : 0)], DType.Float64, labels.Length);
        Tensor diagonal = Tensor.From<double>([.. Enumerable.Range(0, width * width).Select(i => i % (width + 1) == 0 ? ridge : 0)], DType.Float64, width, width);
        Tensor w = Tensor.Zeros([width], DType.Float64);
        for (int step = 0; step < Steps; step++)
        {
            Tensor p = x.MatMul(w).Sigmoid();
            Tensor gradient = x.Transpose(0, 1).MatMul(p - y) + w.Mul(ridge);
            Tensor hessian = (x * (p * p.Neg().Add(1)).Unsqueeze(1)).Transpose(0, 1).MatMul(x) + diagonal;
            w -= Solve.Call(hessian, gradient);
        }

        return w.ToArray<double>();
    }
}

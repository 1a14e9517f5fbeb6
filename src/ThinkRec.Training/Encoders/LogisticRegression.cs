using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Training.Encoders;

/// <summary>Logistic regression by Newton's method in Float64: exact, the same on every machine, for a few dozen numbers a row.</summary>
/// <remarks>A step that would make things worse is halved: rows far from all others lead whole steps astray.</remarks>
internal static class LogisticRegression
{
    private const int MinSteps = 12;
    private const int MaxSteps = 100;
    private const int MaxHalvings = 40;
    private const double Negligible = 1e-12; // of the objective; rounding moves it by about so much
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
        Tensor w = Tensor.Zeros([width], DType.Float64);
        double cost = Cost(x, y, w, ridge);
        for (int step = 1; step <= MaxSteps; step++)
        {
            double before = cost;
            Tensor change = Change(x, y, w, ridge);
            Tensor next = w - change;
            cost = Cost(x, y, next, ridge);
            for (int i = 0; i < MaxHalvings && !(cost <= before * (1 + Negligible)); i++)
            {
                change = change.Mul(0.5);
                next = w - change;
                cost = Cost(x, y, next, ridge);
            }

            w = next;
            if (step >= MinSteps && before - cost <= Negligible * before)
            {
                break;
            }
        }

        return w.ToArray<double>();
    }

    /// <summary>[width], to be taken off the weights.</summary>
    private static Tensor Change(Tensor x, Tensor y, Tensor w, double ridge)
    {
        using var scope = TensorScope.Begin();
        int width = (int)w.Shape[0];
        Tensor diagonal = Tensor.From<double>([.. Enumerable.Range(0, width * width).Select(i => i % (width + 1) == 0 ? ridge : 0)], DType.Float64, width, width);
        Tensor p = x.MatMul(w).Sigmoid();
        Tensor gradient = x.Transpose(0, 1).MatMul(p - y) + w.Mul(ridge);
        Tensor hessian = (x * (p * p.Neg().Add(1)).Unsqueeze(1)).Transpose(0, 1).MatMul(x) + diagonal;
        return scope.Return(Solve.Call(hessian, gradient));
    }

    /// <summary>What the weights make as little as can be.</summary>
    private static double Cost(Tensor x, Tensor y, Tensor w, double ridge)
    {
        using var scope = TensorScope.Begin();
        double entropy = Losses.BinaryCrossEntropyWithLogits(x.MatMul(w), y).ToDouble() * y.Shape[0];
        return entropy + (ridge / 2 * (w * w).Sum().ToDouble());
    }
}

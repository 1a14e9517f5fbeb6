using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Keeps the steps bounded.</summary>
public static class GradientClipping
{
    /// <summary>Scales all gradients down together so that their common norm does not exceed a bound.</summary>
    /// <param name="parameters">Borrowed; those without a gradient are left out.</param>
    /// <param name="maxNorm">The bound, more than 0; infinity only measures.</param>
    /// <returns>The norm before. Not finite when a gradient is not. Waits for the device.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is 0 or less, which would undo every step, or not a number.</exception>
    /// <remarks>As torch.nn.utils.clip_grad_norm_, which takes a bound of 0.</remarks>
    public static double ClipNorm(IReadOnlyList<Parameter> parameters, double maxNorm)
    {
        if (!(maxNorm > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(maxNorm), maxNorm, "A bound of gradients must be more than 0; give infinity to measure without clipping.");
        }

        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor[] grads = [.. parameters.Select(p => p.Value.Grad()).OfType<Tensor>()];
        Parameter[] ofRows = [.. parameters.Where(p => p.RowGradient is not null)];
        double sumOfSquares = ofRows.Sum(p => p.RowGradient!.SumOfSquares((int)p.Value.Size(1)));
        var groups = grads.GroupBy(g => (g.DType, g.Device)).Select(g => g.ToArray()).ToArray();
        foreach (Tensor[] group in groups)
        {
            Tensor norms = Tensor.Stack(0, Foreach.Norm.CallAll((Arg)group)).To(DType.Float64);
            sumOfSquares += norms.Mul(norms).Sum().ToDouble();
        }

        double norm = Math.Sqrt(sumOfSquares);
        double factor = maxNorm / (norm + 1e-6);
        if (!double.IsPositiveInfinity(maxNorm) && !(factor >= 1))
        {
            Array.ForEach(groups, group => Foreach.MulInPlace.Run(group, factor));
            Array.ForEach(ofRows, p => p.RowGradient!.Scale((int)p.Value.Size(1), factor));
        }

        return norm;
    }
}

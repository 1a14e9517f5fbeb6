using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Limits gradients.</summary>
public static class GradientClipping
{
    private static readonly Op ForeachMul = new("aten::_foreach_mul_", "Scalar");
    private static readonly Op VectorNorm = new("aten::linalg_vector_norm");

    /// <summary>Scales all gradients down together when their norm is above a limit, as torch.nn.utils.clip_grad_norm_.</summary>
    /// <param name="parameters">The parameters; those without a gradient are left out.</param>
    /// <param name="maxNorm">The limit; 0 only measures.</param>
    /// <returns>The norm before.</returns>
    public static double ClipNorm(IReadOnlyList<Parameter> parameters, double maxNorm)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor[] grads = [.. parameters.Select(p => p.Value.Grad()).OfType<Tensor>()];
        if (grads.Length == 0)
        {
            return 0;
        }

        Tensor norms = Tensor.Stack(0, [.. grads.Select(g => VectorNorm.Call(g))]);
        double norm = VectorNorm.Call(norms).ToDouble();
        if (maxNorm > 0 && norm > maxNorm)
        {
            ForeachMul.Run(grads, maxNorm / (norm + 1e-6));
        }

        return norm;
    }
}

using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>An activation that bends where the data lie: p·x + (1 - p)·α·x with p = σ(x standardised over the batch).</summary>
/// <remarks>Source: arXiv 1706.06978 §5.3. Parity: din. The running mean and variance, by which it standardises when it does not train, are parameters without gradient.</remarks>
internal sealed class Dice : Module
{
    private const double Momentum = 0.1;
    private const double Eps = 1e-8;
    private static readonly Op BatchNorm = new("aten::batch_norm");
    private readonly Parameter _alpha;
    private readonly Parameter _mean;
    private readonly Parameter _variance;

    /// <summary>Gets <c>alpha</c>, <c>bn.running_mean</c> and <c>bn.running_var</c>, each [size].</summary>
    internal Dice(WeightPath path, long size)
    {
        _alpha = Add(path.Parameter("alpha", [size], new Init.Zeros()));
        _mean = Add((path / "bn").Parameter("running_mean", [size], new Init.Zeros()));
        _variance = Add((path / "bn").Parameter("running_var", [size], new Init.Ones()));
        _mean.Trainable = _variance.Trainable = false;
    }

    /// <summary>Bends.</summary>
    /// <param name="x">[n, size], borrowed. One row alone has no variance and is standardised as when not training.</param>
    /// <returns>[n, size].</returns>
    internal Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        bool byBatch = IsTraining && x.Size(0) > 1;
        Tensor p = BatchNorm.Call(x, Arg.None, Arg.None, _mean.Value, _variance.Value, byBatch, Momentum, Eps, false).Sigmoid();
        return scope.Return(p * x + (_alpha.Value * x) * p.Neg().Add(1));
    }

    /// <summary>Refuses a variance below 0, of which there is no root.</summary>
    internal void RequireSound()
    {
        using var scope = TensorScope.Begin();
        if (_variance.Value.Lt(0).To(DType.Float32).Sum().ToDouble() > 0)
        {
            throw new CheckpointException($"Weight '{_variance.Key}' holds a variance below 0. Train the encoder again.");
        }
    }
}

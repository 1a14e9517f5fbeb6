using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>Rotary position embedding in the half-split layout of Hugging Face checkpoints.</summary>
/// <remarks>Source: arXiv 2104.09864 §3.4.2.</remarks>
internal sealed class RotaryEmbedding : IDisposable
{
    private readonly Tensor _cos;
    private readonly Tensor _sin;
    private readonly int _half;

    internal RotaryEmbedding(LlamaConfig config)
    {
        _half = config.HeadSize / 2;
        int positions = config.MaxPositionEmbeddings;
        var cos = new float[positions * config.HeadSize];
        var sin = new float[positions * config.HeadSize];
        for (int position = 0; position < positions; position++)
        {
            for (int pair = 0; pair < _half; pair++)
            {
                double angle = position / Math.Pow(config.RopeTheta, (double)pair / _half);
                int at = (position * config.HeadSize) + pair;
                cos[at] = cos[at + _half] = (float)Math.Cos(angle);

                // The first half is multiplied by -x2, the second by x1: the sign lives here, so that rotating needs no negation.
                sin[at] = -(float)Math.Sin(angle);
                sin[at + _half] = (float)Math.Sin(angle);
            }
        }

        using var scope = TensorScope.Begin();
        _cos = Tensor.From(cos, positions, config.HeadSize).Own();
        _sin = Tensor.From(sin, positions, config.HeadSize).Own();
    }

    /// <summary>Rotations for consecutive positions.</summary>
    /// <param name="start">First position.</param>
    /// <param name="count">How many.</param>
    /// <returns>Cosines and signed sines, [count, head] each.</returns>
    internal (Tensor Cos, Tensor Sin) Range(long start, long count) => (_cos.Narrow(0, start, count), _sin.Narrow(0, start, count));

    /// <summary>Rotates queries or keys.</summary>
    /// <param name="x">[B, heads, T, D], borrowed.</param>
    /// <param name="rotation">From <see cref="Range"/>.</param>
    /// <returns>[B, heads, T, D].</returns>
    internal Tensor Apply(Tensor x, (Tensor Cos, Tensor Sin) rotation)
    {
        using var scope = TensorScope.Begin();
        Tensor swapped = Tensor.Cat(-1, x.Narrow(-1, _half, _half), x.Narrow(-1, 0, _half));
        return scope.Return((x * rotation.Cos) + (swapped * rotation.Sin));
    }

    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}

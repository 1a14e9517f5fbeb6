using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Where a layer's weights come from.</summary>
public abstract class WeightSource
{
    /// <summary>Gives one weight.</summary>
    /// <param name="key">Its key in weight files.</param>
    /// <param name="shape">The shape that the layer needs.</param>
    /// <param name="init">How it starts when it is fresh.</param>
    /// <returns>A tensor of that shape, which the caller takes over.</returns>
    /// <exception cref="CheckpointException">There is no such weight, or it has another shape.</exception>
    public abstract Tensor Get(string key, long[] shape, Init init);
}

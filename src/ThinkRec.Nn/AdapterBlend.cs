using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Which adapters act on which row of a batch, and how strongly.</summary>
public sealed class AdapterBlend : IDisposable
{
    private AdapterBlend(IReadOnlyList<string> names, Tensor? weights, Tensor? mixing)
    {
        Names = names;
        Weights = weights;
        Mixing = mixing;
    }

    /// <summary>Names of the K adapters.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>[B, K] weights of an exact sum, or null.</summary>
    public Tensor? Weights { get; }

    /// <summary>[B, K, K] matrices with the scaling in them, or null.</summary>
    public Tensor? Mixing { get; }

    /// <summary>One adapter for every row.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The blend.</returns>
    public static AdapterBlend Single(string name) => new([name], null, null);

    /// <summary>y += Σₖ wₖ sₖ Bₖ Aₖ x, exactly, with weights of its own for each row.</summary>
    /// <param name="names">K adapters.</param>
    /// <param name="weights">[B, K]; each row sums to one; a copy of the reference is kept.</param>
    /// <returns>The blend.</returns>
    public static AdapterBlend Weighted(IReadOnlyList<string> names, Tensor weights)
    {
        using var scope = TensorScope.Begin();
        return new AdapterBlend(names, weights.Alias().Own(), null);
    }

    /// <summary>y += Σⱼ Bⱼ Σₖ Mⱼₖ Aₖ x, with a matrix of its own for each row; what peft's "linear" rules come to.</summary>
    /// <param name="names">K adapters.</param>
    /// <param name="mixing">[B, K, K], scaling included; a copy of the reference is kept.</param>
    /// <returns>The blend.</returns>
    public static AdapterBlend Mixed(IReadOnlyList<string> names, Tensor mixing)
    {
        using var scope = TensorScope.Begin();
        return new AdapterBlend(names, null, mixing.Alias().Own());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights?.Dispose();
        Mixing?.Dispose();
    }
}

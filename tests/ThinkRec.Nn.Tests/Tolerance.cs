using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>How close results must come: |actual - expected| ≤ absolute + relative · |expected|. All are for Float32.</summary>
internal sealed record Tolerance(double Absolute, double Relative)
{
    /// <summary>One layer or loss, forward.</summary>
    internal static readonly Tolerance Forward = new(2e-6, 2e-6);

    /// <summary>Gradients of one layer or loss.</summary>
    internal static readonly Tolerance Gradient = new(5e-6, 5e-6);

    /// <summary>Two ways to compute the same low-rank sums.</summary>
    internal static readonly Tolerance Lora = new(2e-5, 1e-5);

    /// <summary>Ten optimizer steps.</summary>
    internal static readonly Tolerance Steps = new(2e-6, 2e-6);

    internal void AssertClose(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.Shape.ToArray(), actual.Shape.ToArray());
        AssertClose(expected.ToFloats(), actual.ToFloats(), what);
    }

    internal void AssertClose(float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double allowed = Absolute + (Relative * Math.Abs(expected[i]));
            Assert.True(Math.Abs(expected[i] - actual[i]) <= allowed, $"{what}, element {i}: expected {expected[i]}, got {actual[i]}, allowed {allowed}.");
        }
    }
}

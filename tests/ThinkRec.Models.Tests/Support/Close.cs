using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests.Support;

/// <summary>How near single-precision results must come to recorded or recomputed ones, relative to the largest value.</summary>
internal static class Tolerance
{
    /// <summary>Outputs and gradients of one layer or loss.</summary>
    public const double Layer = 2e-6;

    /// <summary>Losses and weights over ten optimizer steps.</summary>
    public const double Optimizer = 1e-5;

    /// <summary>Logits, loss and gradients of a whole decoder against the record.</summary>
    public const double Decoder = 1e-4;

    /// <summary>Two ways of computing the same on one layer.</summary>
    public const double SameLayer = 5e-6;

    /// <summary>Two ways of computing the same through a whole decoder: cache, padding, batch, prefix.</summary>
    public const double SameDecoder = 1e-4;

    /// <summary>Logits of a decoder whose weights and activations have BFloat16's eight bits, against Float32.</summary>
    public const double HalfDecoder = 8e-2;

    /// <summary>The same, as the root mean square of all differences over that of all logits; PyTorch itself is off by up to 0.029 on the recorded models.</summary>
    public const double HalfDecoderMean = 4e-2;

    /// <summary>Logits of a decoder whose projections are rounded to 8 bits, against Float32, as the same root mean square; the narrow random models of the record are off by 0.016 to 0.046.</summary>
    public const double Int8DecoderMean = 6e-2;
}

/// <summary>Compares numbers with a tolerance relative to the largest expected one.</summary>
internal static class Close
{
    public static void To(Tensor expected, Tensor actual, double tolerance, string what = "result")
    {
        Assert.Equal(expected.Shape.ToArray(), actual.Shape.ToArray());
        To(expected.ToFloats(), actual.ToFloats(), tolerance, what);
    }

    /// <summary>Compares the root mean square of the differences.</summary>
    public static void OnAverage(Tensor expected, Tensor actual, double tolerance, string what = "result")
    {
        float[] wanted = expected.ToFloats(), found = actual.ToFloats();
        double off = Math.Sqrt(wanted.Zip(found, (w, f) => ((double)w - f) * (w - f)).Sum() / wanted.Sum(w => (double)w * w));
        Assert.True(off <= tolerance, $"{what}: off by {off:G3} on average; {tolerance:G3} is allowed.");
    }

    public static void To(IReadOnlyList<float> expected, IReadOnlyList<float> actual, double tolerance, string what = "result")
    {
        Assert.Equal(expected.Count, actual.Count);
        double scale = Math.Max(expected.Count == 0 ? 0 : expected.Max(Math.Abs), 1e-3);
        for (int i = 0; i < expected.Count; i++)
        {
            double off = Math.Abs((double)expected[i] - actual[i]) / scale;
            Assert.True(off <= tolerance, $"{what}[{i}]: expected {expected[i]} but found {actual[i]}, off by {off:G3} of {scale:G3}; {tolerance:G3} is allowed.");
        }
    }
}

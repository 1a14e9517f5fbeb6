using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Loop;

public sealed class ClipNormTests
{
    [Theory]
    [InlineData(0, 1000)]
    [InlineData(5000, 1000)]
    [InlineData(10, 10)]
    public void Zero_means_no_limit(double clipNorm, double expected)
    {
        using var scope = TensorScope.Begin();
        using var weight = new Parameter("w", Tensor.Full([1], 1));
        weight.Value.Mul(1000).Sum().Backward();

        double before = GradientClipping.ClipNorm([weight], new OptimizationOptions { ClipNorm = clipNorm }.MaxGradientNorm());

        Assert.Equal(1000, before);
        Assert.Equal(expected, weight.Value.Grad()!.ToDouble(), 1e-3);
    }
}

using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Loop;

public sealed class ScheduleTests
{
    private static readonly OptimizationOptions Published = new() { LearningRate = 1e-5, MinLearningRate = 8e-5, Rising = true, WarmupSteps = 200, StepsPerEpoch = 800, MaxEpochs = 30 };

    [Fact]
    public void A_rate_rises_where_that_is_meant()
    {
        double[] rates = [.. new[] { 0, 100, 199, 12_000, 23_999 }.Select(step => Published.RateAt(step, 800))];

        Assert.Empty(Published.Problems());
        Assert.Equal([1e-6, 5.5e-6, 9.955e-6, 4.5e-5, 8e-5], rates, (x, y) => Math.Abs(x - y) < 1e-9);
    }

    [Fact]
    public void A_rate_that_rises_unasked_and_one_that_does_not_rise_though_asked_are_refused()
    {
        string unasked = Assert.Single((Published with { Rising = false }).Problems()), idle = Assert.Single((Published with { MinLearningRate = 1e-6 }).Problems());

        Assert.Contains("exceeds learningRate 1E-05: the rate would rise during training; set rising to true", unasked, StringComparison.Ordinal);
        Assert.Contains("rising is true, but minLearningRate 1E-06 does not exceed", idle, StringComparison.Ordinal);
        Assert.Single((Published with { MinLearningRate = null }).Problems());
    }
}

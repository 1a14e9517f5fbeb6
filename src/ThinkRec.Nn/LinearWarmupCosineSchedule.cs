namespace ThinkRec.Nn;

/// <summary>Rises in a straight line, then follows a half cosine; the cosine counts warm-up steps too.</summary>
/// <param name="LearningRate">The rate that warm-up aims at.</param>
/// <param name="MinLearningRate">The rate at the end.</param>
/// <param name="WarmupStartLearningRate">The rate of step 0.</param>
/// <param name="WarmupSteps">Steps before the cosine takes over.</param>
/// <param name="TotalSteps">Steps of the whole training.</param>
public sealed record LinearWarmupCosineSchedule(
    double LearningRate, double MinLearningRate, double WarmupStartLearningRate, int WarmupSteps, int TotalSteps)
{
    /// <summary>The rate of a step.</summary>
    /// <param name="step">From 0. Beyond the end the rate stays the smallest.</param>
    /// <returns>The learning rate.</returns>
    public double At(int step)
    {
        if (step < WarmupSteps)
        {
            return Math.Min(LearningRate, WarmupStartLearningRate + ((LearningRate - WarmupStartLearningRate) * step / Math.Max(WarmupSteps, 1)));
        }

        double progress = TotalSteps > 0 ? Math.Min((double)step / TotalSteps, 1) : 1;
        return MinLearningRate + (0.5 * (LearningRate - MinLearningRate) * (1 + Math.Cos(Math.PI * progress)));
    }
}

namespace ThinkRec.Nn;

/// <summary>Learning rate that rises linearly, then falls along a cosine.</summary>
/// <param name="LearningRate">Rate after the warm-up.</param>
/// <param name="MinLearningRate">Rate at the end.</param>
/// <param name="WarmupLearningRate">Rate at the start.</param>
/// <param name="WarmupSteps">Steps of the rise.</param>
/// <param name="TotalSteps">All steps; the cosine counts the warm-up's too.</param>
/// <remarks>Source: the authors' optims.py:58-114.</remarks>
public sealed record LinearWarmupCosineSchedule(
    double LearningRate, double MinLearningRate, double WarmupLearningRate, int WarmupSteps, int TotalSteps)
{
    /// <summary>The rate of a step.</summary>
    /// <param name="step">Steps done before it.</param>
    /// <returns>The rate.</returns>
    public double At(int step) => step < WarmupSteps
        ? Math.Min(LearningRate, WarmupLearningRate + ((LearningRate - WarmupLearningRate) * step / WarmupSteps))
        : MinLearningRate + (0.5 * (LearningRate - MinLearningRate) * (1 + Math.Cos(Math.PI * step / TotalSteps)));
}

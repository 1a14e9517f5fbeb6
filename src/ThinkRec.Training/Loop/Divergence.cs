using ThinkRec.Metrics;

namespace ThinkRec.Training.Loop;

/// <summary>Recognises a training that more steps cannot mend, and says where it went wrong.</summary>
internal static class Divergence
{
    /// <summary>So many times the first loss, or 1 where that was less, is no loss of a training that learns.</summary>
    private const double Exploded = 100;

    private const string Remedy = "Lower the stage's learningRate or set clipNorm.";

    /// <summary>Stops a training at a step whose loss or gradients are not numbers, or whose loss has exploded; its weights have not been changed by the step.</summary>
    /// <param name="stage">What is trained.</param>
    /// <param name="state">Steps done before.</param>
    /// <param name="loss">The step's loss.</param>
    /// <param name="norm">Norm of the gradients.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="TrainingException">Names step, rows and term.</exception>
    internal static double Require(Stage stage, TrainerState state, StepLoss loss, double norm)
    {
        double value = loss.Loss.ToDouble();
        string? what = !double.IsFinite(value) ? "the loss is not finite"
            : !double.IsFinite(norm) ? "the gradients are not finite"
            : value > Exploded * Math.Max(1, state.FirstLoss ?? value) ? $"the loss has grown from {state.FirstLoss:g4} to {value:g4}"
            : null;
        return what is null ? value : throw Found(stage, state, what, value, loss.Terms);
    }

    /// <summary>Validates, and stops a training whose model gives no numbers.</summary>
    /// <param name="stage">What is trained.</param>
    /// <param name="state">Steps done before.</param>
    /// <returns>Names and values.</returns>
    /// <exception cref="TrainingException">A score or a metric is not finite.</exception>
    internal static IReadOnlyDictionary<string, double> Validate(Stage stage, TrainerState state)
    {
        try
        {
            IReadOnlyDictionary<string, double> metrics = stage.Validate();
            return metrics.FirstOrDefault(metric => !double.IsFinite(metric.Value)) is { Key: string name, Value: var value }
                ? throw new TrainingException($"Stage {stage.Name}, validation after step {state.Step}: {name} is {value}, so the model gives no numbers any more. {Remedy}")
                : metrics;
        }
        catch (MetricsException exception)
        {
            throw new TrainingException($"Stage {stage.Name}, validation after step {state.Step}: {exception.Message} {Remedy}");
        }
    }

    private static TrainingException Found(Stage stage, TrainerState state, string what, double loss, IReadOnlyList<(string Name, Torch.Tensor Value)> terms)
    {
        (string Name, double Value)[] values = [.. terms.Select(term => (term.Name, term.Value.ToDouble()))];
        string? first = values.FirstOrDefault(term => !double.IsFinite(term.Value)).Name ?? values.OrderByDescending(term => term.Value).FirstOrDefault().Name;
        string culprit = first is null ? "" : $", above all in term {first}";
        return new TrainingException(
            $"Stage {stage.Name}, step {state.Step} ({stage.Describe(state.Step - (state.Epoch * stage.StepsPerEpoch))}): {what}{culprit}; "
            + $"loss {loss:g4} of {string.Join(", ", values.Select(term => $"{term.Name} {term.Value:g4}"))}. {Remedy}");
    }
}

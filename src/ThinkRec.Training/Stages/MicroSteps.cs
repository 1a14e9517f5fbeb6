using ThinkRec.Models.Llm;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Stages;

/// <summary>The loss of a part of a step, and the pass that backward must go on through where layers are computed again.</summary>
/// <param name="Loss">The part of the step's loss: parts add up.</param>
/// <param name="Pass">Null where the loss' own graph holds everything.</param>
internal readonly record struct PartLoss(StepLoss Loss, RecomputedPass? Pass);

/// <summary>Steps in parts: each goes forward and backward before the next begins, so that one alone is in memory.</summary>
internal static class MicroSteps
{
    /// <summary>Leaves the gradients of all parts on the parameters.</summary>
    /// <param name="count">Parts; 0 where this process has no row of the step.</param>
    /// <param name="part">Computes one of them.</param>
    /// <param name="beforeLastBackward">As in <see cref="Stage.Learn"/>.</param>
    /// <returns>Sums over the parts, in the caller's scope.</returns>
    internal static StepLoss Learn(int count, Func<int, PartLoss> part, Action? beforeLastBackward)
    {
        if (count == 0)
        {
            beforeLastBackward?.Invoke();
            return StepLoss.Empty();
        }

        if (count == 1)
        {
            return Backward(part(0), beforeLastBackward);
        }

        var names = new List<string>();
        var values = new Dictionary<string, Tensor>();
        int tokens = 0;
        for (int i = 0; i < count; i++)
        {
            using var scope = TensorScope.Begin();
            StepLoss loss = Backward(part(i), i == count - 1 ? beforeLastBackward : null);
            tokens += loss.Tokens;
            foreach ((string name, Tensor value) in loss.Terms.Prepend(("", loss.Loss.Detach())))
            {
                if (!values.TryGetValue(name, out Tensor? sum))
                {
                    names.Add(name);
                }

                values[name] = scope.Return(sum is null ? value.Clone() : sum + value);
            }
        }

        return new StepLoss(values[""], [.. names.Skip(1).Select(name => (name, values[name]))], tokens);
    }

    private static StepLoss Backward(PartLoss part, Action? beforeLast)
    {
        if (part.Pass is null)
        {
            beforeLast?.Invoke();
            part.Loss.Loss.Backward();
            return part.Loss;
        }

        // Here backward runs layer by layer, so that a weight may get its gradient in several parts: they leave when all are there.
        using RecomputedPass pass = part.Pass;
        part.Loss.Loss.Backward();
        pass.Backward();
        beforeLast?.Invoke();
        return part.Loss;
    }
}

using ThinkRec.Torch;

namespace ThinkRec.Training.Loop;

/// <summary>Says of memory that has run out where in a training that was.</summary>
internal static class MemoryShortage
{
    private const string Resume = "What was trained until the last checkpoint is kept: with more memory it goes on by --resume; with other settings it needs another folder.";

    /// <summary>Does a piece of a stage's work.</summary>
    /// <param name="stage">What is trained.</param>
    /// <param name="state">Steps done before.</param>
    /// <param name="work">A step, or the end of an epoch.</param>
    /// <returns>What the work gives.</returns>
    /// <exception cref="TensorMemoryException">There was not enough memory; names stage, step and rows.</exception>
    internal static T Named<T>(Stage stage, TrainerState state, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (TensorMemoryException exception)
        {
            throw new TensorMemoryException($"{Where(stage, state)}: {exception.Message} {Resume}", exception);
        }
        catch (OutOfMemoryException exception)
        {
            throw new TensorMemoryException($"{Where(stage, state)}: there is not enough main memory. Lower the batch size, or end other programs that hold memory. {Resume}", exception);
        }
    }

    private static string Where(Stage stage, TrainerState state)
    {
        int step = state.Step - (state.Epoch * stage.StepsPerEpoch);
        return step < stage.StepsPerEpoch ? $"Stage {stage.Name}, step {state.Step} ({stage.Describe(step)})" : $"Stage {stage.Name}, validation after step {state.Step}";
    }
}

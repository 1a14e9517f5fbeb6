using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Training.Loop;

/// <summary>The loss of one step and the terms it is made of.</summary>
/// <param name="Loss">A single number with a graph behind it.</param>
/// <param name="Terms">Names and values for the log; each a single number without gradient, or a part of the loss.</param>
/// <param name="Tokens">Tokens that went through a language model, padding left out; 0 where there is none.</param>
public readonly record struct StepLoss(Tensor Loss, IReadOnlyList<(string Name, Tensor Value)> Terms, int Tokens = 0)
{
    /// <summary>Whether this process had no row of the batch, and so has no gradients.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>The loss of no rows.</summary>
    /// <returns>Zero, in the current scope.</returns>
    public static StepLoss Empty() => new(Tensor.Zeros([1]), []) { IsEmpty = true };
}

/// <summary>Something that is trained. It answers four questions: which parameters, which samples, which objective, when to stop.</summary>
public abstract class Stage
{
    /// <summary>Name in logs, checkpoints and seeds, such as <c>thinking</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Which parameters train. The trainer saves and restores exactly these.</summary>
    public abstract IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Learning rate, length, patience.</summary>
    public abstract OptimizationOptions Optimization { get; }

    /// <summary>Optimizer steps of one epoch; the same for every epoch.</summary>
    public abstract int StepsPerEpoch { get; }

    /// <summary>The processes that train together; set before the first epoch.</summary>
    public DataParallel Parallel { get; internal set; } = DataParallel.Alone;

    /// <summary>
    /// Whether <see cref="Loss"/> is that of this process's <see cref="Share"/> of the batch, weighed so that all shares' losses add up
    /// to the batch's. If not, every process does the whole of each batch, and no gradients are exchanged.
    /// </summary>
    public virtual bool DividesBatches => false;

    /// <summary>What this process computes of a batch: its share where batches are divided, else the whole.</summary>
    /// <typeparam name="T">A row.</typeparam>
    /// <param name="batch">The whole batch, the same in all processes.</param>
    /// <returns>The rows; empty where there are more processes than rows.</returns>
    protected T[] Share<T>(T[] batch) => DividesBatches ? Parallel.ShareOf(batch) : batch;

    /// <summary>Arranges the epoch's samples; the order follows from the seed and the epoch alone, so that a resumed run sees the same.</summary>
    /// <param name="epoch">Number from 0.</param>
    public abstract void BeginEpoch(int epoch);

    /// <summary>The loss of one step. The default generator has been seeded for this step.</summary>
    /// <param name="step">Number within the epoch, from 0.</param>
    /// <returns>Loss and terms, in the caller's scope.</returns>
    public abstract StepLoss Loss(int step);

    /// <summary>Computes a step's loss and leaves its gradients on the parameters; where a step has parts, part by part.</summary>
    /// <param name="step">Number within the epoch, from 0.</param>
    /// <param name="beforeLastBackward">Called once, when no gradient is added to any more after the backward pass that begins or has just ended; null for nobody.</param>
    /// <returns>Loss and terms, in the caller's scope.</returns>
    public virtual StepLoss Learn(int step, Action? beforeLastBackward = null)
    {
        StepLoss loss = Loss(step);
        beforeLastBackward?.Invoke();
        Backward(loss);
        return loss;
    }

    /// <summary>Leaves the gradients of a step's loss on the parameters.</summary>
    /// <param name="loss">What <see cref="Loss"/> gave.</param>
    public virtual void Backward(StepLoss loss)
    {
        if (!loss.IsEmpty)
        {
            loss.Loss.Backward();
        }
    }

    /// <summary>Which rows a step trains on, for messages.</summary>
    /// <param name="step">Number within the epoch.</param>
    /// <returns>A short text.</returns>
    public virtual string Describe(int step) => $"step {step} of the epoch";

    /// <summary>Switches dropout.</summary>
    /// <param name="training">True while training.</param>
    public abstract void SetTraining(bool training);

    /// <summary>Whether the parameters are of use before the first step: then they are measured too, and stay where no epoch is better.</summary>
    public virtual bool MayKeepStart => false;

    /// <summary>Whether <see cref="Validate"/> shares its work among the processes; else the first does it alone, and the others wait.</summary>
    public virtual bool ValidatesTogether => false;

    /// <summary>Measures the model on validation data.</summary>
    /// <returns>Names and values; none when there is nothing to validate on, which then trains to the last epoch.</returns>
    public abstract IReadOnlyDictionary<string, double> Validate();

    /// <summary>The one number by which the best epoch is chosen; larger is better.</summary>
    /// <param name="metrics">What <see cref="Validate"/> gave.</param>
    /// <returns>The number.</returns>
    public virtual double Select(IReadOnlyDictionary<string, double> metrics) => metrics["auc"];
}

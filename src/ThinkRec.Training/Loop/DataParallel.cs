using ThinkRec.Torch;

namespace ThinkRec.Training.Loop;

/// <summary>
/// The processes that train one model together, and this one's part. Every process arranges the same batches, computes its share of each, and adds
/// its gradients to the others'; all take the same steps. Rank 0 alone measures, decides and writes.
/// </summary>
public sealed partial class DataParallel : IDisposable
{
    private readonly ProcessGroup? _group;
    private (PendingReduction Sum, Tensor Votes)? _vote; // under way since the step before

    private DataParallel(ProcessGroup? group) => _group = group;

    /// <summary>One process that trains alone.</summary>
    public static DataParallel Alone { get; } = new(null);

    /// <summary>Number of this process, from 0.</summary>
    public int Rank => _group?.Rank ?? 0;

    /// <summary>How many processes there are.</summary>
    public int Size => _group?.Size ?? 1;

    /// <summary>Whether this is the process that measures, decides and writes.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Joins the processes that the environment names.</summary>
    /// <param name="device">Where models are trained.</param>
    /// <returns>This process's part, owned by the caller; <see cref="Alone"/> where the environment names no others.</returns>
    /// <exception cref="Configuration.ConfigurationException">The variables contradict one another.</exception>
    /// <exception cref="ProcessGroupException">The others did not come.</exception>
    public static DataParallel FromEnvironment(Device device) =>
        WorkerVariables.Read(Environment.GetEnvironmentVariable) is WorkerVariables variables ? Join(variables, device) : Alone;

    /// <summary>Joins other processes.</summary>
    /// <param name="variables">Which.</param>
    /// <param name="device">Where models are trained.</param>
    /// <returns>This process's part, owned by the caller.</returns>
    public static DataParallel Join(WorkerVariables variables, Device device) => new(ProcessGroup.Connect(variables.Options(device)));

    /// <summary>This process's share of a batch: every Size-th row, so that where rows are sorted by length all shares take about as long.</summary>
    /// <typeparam name="T">A row.</typeparam>
    /// <param name="batch">The whole batch, the same for all.</param>
    /// <returns>The share; empty where there are more processes than rows. Each row is in one share.</returns>
    public T[] ShareOf<T>(T[] batch) => _group is null ? batch : [.. batch.Where((_, i) => i % Size == Rank)];

    /// <summary>Puts the results of all shares together.</summary>
    /// <typeparam name="T">Something that JSON can carry.</typeparam>
    /// <param name="results">One for each row of this process's <see cref="ShareOf"/>.</param>
    /// <returns>One for each row of the whole batch, in its order; the same everywhere.</returns>
    public T[] Joined<T>(T[] results)
    {
        if (_group is null)
        {
            return results;
        }

        T[][] shares = [.. Gather(results)];
        return [.. Enumerable.Range(0, shares.Sum(share => share.Length)).Select(i => shares[i % Size][i / Size])];
    }

    /// <summary>Weighs the mean over a share so that all processes' results add up to the mean over the whole.</summary>
    /// <param name="mean">Of this process's elements. Borrowed.</param>
    /// <param name="own">How many those are; not 0.</param>
    /// <param name="whole">How many there are in all shares.</param>
    /// <returns>The part, in the current scope.</returns>
    internal static Tensor PartOf(Tensor mean, long own, long whole) => own == whole ? mean : mean.Mul((double)own / whole);

    /// <summary>Whether any process says so.</summary>
    /// <param name="here">What this one says.</param>
    /// <returns>The same everywhere.</returns>
    public bool Any(bool here)
    {
        if (_group is null)
        {
            return here;
        }

        using var scope = TensorScope.Begin();
        Tensor votes = Tensor.From([here ? 1f : 0f], 1);
        _group.AllReduce(votes);
        return votes.ToSingle() > 0;
    }

    /// <summary>Whether any process said so at the call before. The votes travel while the step between the calls is computed.</summary>
    /// <param name="here">What this one says now.</param>
    /// <returns>The same everywhere; what this one says now where it is alone.</returns>
    internal bool AnyBefore(bool here)
    {
        if (_group is null)
        {
            return here;
        }

        bool before = false;
        if (_vote is (PendingReduction sum, Tensor counted))
        {
            _vote = null;
            using (counted)
            {
                sum.Wait();
                before = counted.ToSingle() > 0;
            }
        }

        using var scope = TensorScope.Begin();
        Tensor votes = Tensor.From([here ? 1f : 0f], 1).Own();
        _vote = (_group.AllReduceAsync(votes), votes);
        return before;
    }

    /// <summary>Waits until every process has come here.</summary>
    public void Barrier() => _group?.Barrier();

    /// <summary>Sees that all processes start a stage from the same place and the same weights.</summary>
    /// <param name="stage">The stage; its weights change in all but rank 0.</param>
    /// <param name="state">Where this process stands.</param>
    /// <exception cref="TrainingException">Rank 0 stands elsewhere.</exception>
    internal void Begin(Stage stage, TrainerState state)
    {
        RequireSame(state);
        Align(stage.Parameters);
    }

    /// <summary>Does something with the other processes; when one is lost, first keeps what was done.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="part">What is done.</param>
    /// <param name="keep">Writes the checkpoint in the first process; nothing in others.</param>
    /// <param name="where">Says where the training stands.</param>
    /// <param name="checkpoint">File of the checkpoint; null when none is kept.</param>
    /// <returns>What comes of it.</returns>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    internal T Together<T>(Func<T> part, Action keep, Func<string> where, string? checkpoint)
    {
        try
        {
            return part();
        }
        catch (ProcessGroupException e)
        {
            keep();
            string kept = checkpoint is null ? ""
                : IsFirst ? $" The checkpoint {checkpoint} holds all steps done: the same call with --resume goes on from it."
                : $" The same call with --resume goes on from the checkpoint {checkpoint}, if rank 0 has kept one.";
            throw new ProcessGroupException($"{where()}: {e.Message}{kept}", e);
        }
    }

    /// <summary>What to throw once <see cref="AnyBefore"/> said that a process was interrupted.</summary>
    /// <param name="cancellation">This process's own.</param>
    /// <returns>The exception.</returns>
    internal OperationCanceledException Interrupted(CancellationToken cancellation) => cancellation.IsCancellationRequested ? new OperationCanceledException(cancellation)
        : new OperationCanceledException($"Rank {Rank} of {Size} stopped because another was interrupted.");

    /// <summary>What adds up a stage's gradients.</summary>
    /// <param name="stage">The stage.</param>
    /// <returns>The reducer, owned by the caller; null where there is nothing to add up.</returns>
    internal GradientReducer? Reducer(Stage stage)
    {
        Tensor[] trained = [.. stage.Parameters.Where(p => p.Trainable).Select(p => p.Value)];
        return _group is null || !stage.DividesBatches || trained.Length == 0 ? null : new GradientReducer(_group, trained);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _vote?.Votes.Dispose();
        _group?.Dispose();
    }
}

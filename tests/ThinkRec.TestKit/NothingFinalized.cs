using ThinkRec.Torch;

namespace ThinkRec.TestKit;

/// <summary>At the end of a run, no tensor may be alive or have been left to the garbage collector. A fixture of the test assembly.</summary>
public sealed class NothingFinalized : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (TensorCensus.Finalized != 0 || TensorCensus.Live != 0)
        {
            throw new InvalidOperationException(
                $"At the end of the run {TensorCensus.Live} tensors are alive and {TensorCensus.Finalized} were left to the garbage collector.");
        }
    }
}

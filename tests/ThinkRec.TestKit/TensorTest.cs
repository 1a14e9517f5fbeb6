using ThinkRec.Torch;

namespace ThinkRec.TestKit;

/// <summary>A test class that ends every test with as many live tensors as it began with. The count is the whole process's: its project must run one test at a time.</summary>
public abstract class TensorTest : IDisposable
{
    private readonly long _before = TensorCensus.Live;

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        long live = TensorCensus.Live;
        if (live != _before)
        {
            throw new InvalidOperationException($"The test began with {_before} live tensors and ended with {live}.");
        }
    }
}

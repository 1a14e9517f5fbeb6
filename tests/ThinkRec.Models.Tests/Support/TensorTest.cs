using ThinkRec.Nn.Tests.Support;
using ThinkRec.Torch;

[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(NothingFinalized))]

namespace ThinkRec.Nn.Tests.Support;

/// <summary>A test class that ends every test with as many live tensors as it began with.</summary>
public abstract class TensorTest : IDisposable
{
    private readonly long _before = TensorCensus.Live;

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Assert.Equal(_before, TensorCensus.Live);
    }
}

/// <summary>At the end of the run, no tensor may have been left to the garbage collector.</summary>
public sealed class NothingFinalized : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(0, TensorCensus.Finalized);
        Assert.Equal(0, TensorCensus.Live);
    }
}

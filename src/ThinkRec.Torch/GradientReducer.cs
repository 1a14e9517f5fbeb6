using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

/// <summary>
/// Adds up the gradients of parameters over the processes of a group, in buckets, while backward is still at work. A parameter without a gradient
/// counts as zeros where others have one, and stays without where nobody has.
/// </summary>
public sealed unsafe class GradientReducer : IDisposable
{
    /// <summary>Bytes of a bucket: large enough that a message costs more than its start, small enough that the first leaves early.</summary>
    public const long DefaultBucketBytes = 4 << 20;

    private readonly ProcessGroup _group;
    private readonly ReducerHandle _handle;

    /// <summary>Attaches to the parameters' gradients.</summary>
    /// <param name="group">Borrowed.</param>
    /// <param name="parameters">Leaves that require gradients, the same everywhere and in the same order. Borrowed.</param>
    /// <param name="bucketBytes">Bytes of a bucket; a larger parameter has one of its own.</param>
    public GradientReducer(ProcessGroup group, IReadOnlyList<Tensor> parameters, long bucketBytes = DefaultBucketBytes)
    {
        ArgumentNullException.ThrowIfNull(group);
        _group = group;
        IntPtr[] handles = [.. parameters.Select(parameter => (IntPtr)parameter.Borrow())];
        try
        {
            fixed (IntPtr* first = handles)
            {
                Native.Check(Native.trs_reducer_new(group.Handle, first, handles.Length, bucketBytes, out IntPtr reducer), "attach to gradients");
                _handle = new ReducerHandle(reducer, group.Handle);
            }
        }
        finally
        {
            foreach (Tensor parameter in parameters)
            {
                parameter.GiveBack();
            }
        }
    }

    /// <summary>From now on gradients leave as they come; call it just before the last backward of a step.</summary>
    public void Begin() => Native.Check(Native.trs_reducer_begin(_handle), "begin the reduction of gradients");

    /// <summary>Sends what is left, waits, and leaves the sums as the parameters' gradients.</summary>
    /// <returns>How many buckets had left before this call.</returns>
    /// <exception cref="ProcessGroupException">Another process was lost. The gradients are then of no use, the parameters as they were.</exception>
    /// <exception cref="InvalidOperationException">A gradient was added to after its bucket had left.</exception>
    public int Finish()
    {
        _group.Check(Native.trs_reducer_finish(_handle, out int early), "sum of gradients");
        return early >= 0 ? early
            : throw new InvalidOperationException("A gradient was added to after its bucket had left. Begin the reduction just before the last backward of a step.");
    }

    /// <summary>Detaches from the gradients.</summary>
    public void Dispose() => _handle.Dispose();
}

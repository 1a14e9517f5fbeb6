using System.Runtime.InteropServices;

namespace ThinkRec.Torch.Interop;

/// <summary>Owns a native process group.</summary>
internal sealed class GroupHandle : SafeHandle
{
    internal GroupHandle(IntPtr group) : base(IntPtr.Zero, ownsHandle: true) => SetHandle(group);

    public override bool IsInvalid => handle == IntPtr.Zero;

    /// <summary>Whether a call went wrong. Freeing would then wait for processes that will not answer: the group is left to the end of the process.</summary>
    internal bool IsBroken { get; set; }

    protected override bool ReleaseHandle()
    {
        if (!IsBroken)
        {
            Native.trs_group_free(handle);
        }

        return true;
    }
}

/// <summary>Owns a collective under way.</summary>
internal sealed class WorkHandle : SafeHandle
{
    internal WorkHandle(IntPtr work) : base(IntPtr.Zero, ownsHandle: true) => SetHandle(work);

    public override bool IsInvalid => handle == IntPtr.Zero;

    protected override bool ReleaseHandle()
    {
        Native.trs_work_free(handle);
        return true;
    }
}

/// <summary>Owns a native reducer, and keeps its group alive.</summary>
internal sealed class ReducerHandle : SafeHandle
{
    private readonly GroupHandle _group;

    internal ReducerHandle(IntPtr reducer, GroupHandle group) : base(IntPtr.Zero, ownsHandle: true)
    {
        bool added = false;
        group.DangerousAddRef(ref added);
        _group = group;
        SetHandle(reducer);
    }

    public override bool IsInvalid => handle == IntPtr.Zero;

    protected override bool ReleaseHandle()
    {
        if (!_group.IsBroken)
        {
            Native.trs_reducer_free(handle);
        }

        _group.DangerousRelease();
        return true;
    }
}

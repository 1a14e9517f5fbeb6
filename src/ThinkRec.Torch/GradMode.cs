using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

/// <summary>While it is open, operators on this thread record nothing for backward.</summary>
public readonly ref struct NoGrad
{
    private readonly int _before;

    private NoGrad(int before) => _before = before;

    /// <summary>Switches recording off until disposed.</summary>
    /// <returns>The switch; end it with <c>using</c>.</returns>
    public static NoGrad Begin()
    {
        Engine.EnsureLoaded();
        return new NoGrad(Native.trs_grad_mode(0));
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose() => _ = Native.trs_grad_mode(_before);
}

/// <summary>Like <see cref="NoGrad"/>, and cheaper: tensors made inside can never take part in backward.</summary>
public readonly ref struct InferenceMode
{
    private readonly IntPtr _guard;

    private InferenceMode(IntPtr guard) => _guard = guard;

    /// <summary>Switches inference mode on until disposed.</summary>
    /// <returns>The switch; end it with <c>using</c>, on the same thread.</returns>
    public static InferenceMode Begin()
    {
        Engine.EnsureLoaded();
        return new InferenceMode(Native.trs_inference_begin());
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose() => Native.trs_inference_end(_guard);
}

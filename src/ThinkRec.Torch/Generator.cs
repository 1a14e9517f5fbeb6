using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

/// <summary>A source of random numbers on the CPU whose state can be saved and restored.</summary>
public sealed class Generator : IDisposable
{
    private readonly GeneratorHandle _handle;

    /// <summary>Creates a generator of its own.</summary>
    /// <param name="seed">Any number.</param>
    public Generator(long seed)
    {
        Engine.EnsureLoaded();
        Native.Check(Native.trs_generator_new(seed, out IntPtr handle), "new generator");
        _handle = new GeneratorHandle(handle);
    }

    private Generator() => _handle = new GeneratorHandle(IntPtr.Zero);

    /// <summary>The process-wide generator that operators use when none is passed.</summary>
    public static Generator Default { get; } = new();

    /// <summary>Starts the sequence that belongs to a seed.</summary>
    /// <param name="seed">Any number.</param>
    public void Seed(long seed)
    {
        Engine.EnsureLoaded();
        Native.Check(Native.trs_generator_seed(_handle, seed), "seed generator");
    }

    /// <summary>Copies the state out.</summary>
    /// <returns>Opaque bytes for <see cref="SetState"/> of the same libtorch.</returns>
    public byte[] GetState()
    {
        Engine.EnsureLoaded();
        using var scope = TensorScope.Begin();
        Native.Check(Native.trs_generator_get(_handle, out IntPtr state), "read generator state");
        return Tensor.Adopt(state).ToArray<byte>();
    }

    /// <summary>Puts a saved state back.</summary>
    /// <param name="state">Bytes from <see cref="GetState"/>.</param>
    public void SetState(ReadOnlySpan<byte> state)
    {
        using var scope = TensorScope.Begin();
        Tensor tensor = Tensor.From(state, DType.UInt8, state.Length);
        Native.Check(Native.trs_generator_set(_handle, tensor.Handle), "restore generator state");
    }

    /// <summary>Frees the generator; the process-wide one stays.</summary>
    public void Dispose()
    {
        if (this != Default)
        {
            _handle.Dispose();
        }
    }

    internal long Borrow()
    {
        bool added = false;
        _handle.DangerousAddRef(ref added);
        return _handle.DangerousGetHandle();
    }

    internal void GiveBack() => _handle.DangerousRelease();
}

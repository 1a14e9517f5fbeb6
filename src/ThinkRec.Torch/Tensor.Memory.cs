using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

public sealed unsafe partial class Tensor
{
    /// <summary>Whether <see cref="AsFloats"/> can show the elements where they lie.</summary>
    public bool HasFloats
    {
        get
        {
            long* info = stackalloc long[6];
            Native.Check(Native.trs_tensor_info(Handle, info, 0), "read tensor");
            return info[0] == (long)DType.Float32 && info[1] == 0 && info[4] != 0;
        }
    }

    /// <summary>The elements where they lie, for loops that no operator has. What is written there is in the tensor, unseen by autograd.</summary>
    /// <returns>Row-major elements; good as long as the tensor is alive and keeps its size.</returns>
    /// <exception cref="InvalidOperationException">The tensor is not Float32, contiguous and on the CPU.</exception>
    public Span<float> AsFloats() => HasFloats
        ? new((void*)Native.trs_tensor_data(Handle), checked((int)NumElements))
        : throw new InvalidOperationException($"{this} must be Float32, contiguous and on the CPU to be read in place. Copy it with ToFloats.");
}

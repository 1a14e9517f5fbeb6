using System.Runtime.CompilerServices;
using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

/// <summary>
/// A reference to a libtorch tensor. It belongs to the innermost <see cref="TensorScope"/> open on the thread that made it, or, after
/// <see cref="Own"/>, to the object that keeps it. Arguments are borrowed: never dispose one, never return one.
/// </summary>
public sealed unsafe partial class Tensor : IDisposable
{
    private const int MaxRank = 16;
    private long[]? _shape;
    private DType _dtype;
    private Device _device;

    private Tensor(IntPtr handle) => Handle = new TensorHandle(handle);

    /// <summary>Sizes of the dimensions.</summary>
    public ReadOnlySpan<long> Shape => Info();

    /// <summary>Number of dimensions.</summary>
    public int Rank => Info().Length;

    /// <summary>Element type.</summary>
    public DType DType
    {
        get
        {
            Info();
            return _dtype;
        }
    }

    /// <summary>Where the memory lies.</summary>
    public Device Device
    {
        get
        {
            Info();
            return _device;
        }
    }

    /// <summary>Number of elements.</summary>
    public long NumElements
    {
        get
        {
            long count = 1;
            foreach (long size in Info())
            {
                count *= size;
            }

            return count;
        }
    }

    /// <summary>Whether backward reaches this tensor.</summary>
    public bool RequiresGrad
    {
        get
        {
            long* info = stackalloc long[6];
            Native.Check(Native.trs_tensor_info(Handle, info, 0), "read tensor");
            return info[3] != 0;
        }

        set => Native.Check(Native.trs_set_requires_grad(Handle, value ? 1 : 0), "requires_grad");
    }

    internal TensorHandle Handle { get; }

    internal TensorLife Life { get; set; }

    /// <summary>Size of one dimension.</summary>
    /// <param name="dimension">Its number; negative counts from the end.</param>
    /// <returns>The size.</returns>
    public long Size(int dimension)
    {
        long[] shape = Info();
        int index = dimension < 0 ? shape.Length + dimension : dimension;
        return (uint)index < (uint)shape.Length ? shape[index]
            : throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"{this} has {shape.Length} dimensions.");
    }

    /// <summary>Takes the tensor out of its scope; from now on the caller disposes it.</summary>
    /// <returns>The same tensor.</returns>
    public Tensor Own()
    {
        Life = TensorLife.Owned;
        return this;
    }

    /// <summary>Computes the gradients of this single number with respect to every leaf that asks for one, and adds them up there.</summary>
    public void Backward()
    {
        Engine.PrepareThread();
        Native.Check(Native.trs_backward(Handle), $"backward of {this}");
    }

    /// <summary>The gradient gathered so far.</summary>
    /// <returns>A new reference in the current scope, or null when there is none.</returns>
    public Tensor? Grad()
    {
        Native.Check(Native.trs_grad(Handle, out IntPtr grad), "grad");
        return grad == IntPtr.Zero ? null : Adopt(grad);
    }

    /// <summary>Replaces the gradient.</summary>
    /// <param name="grad">The new gradient, borrowed; null forgets it.</param>
    public void SetGrad(Tensor? grad)
    {
        IntPtr handle = grad is null ? IntPtr.Zero : (IntPtr)grad.Borrow();
        try
        {
            Native.Check(Native.trs_set_grad(Handle, handle), "set grad");
        }
        finally
        {
            grad?.GiveBack();
        }
    }

    /// <summary>Copies the elements out, in row-major order. Waits for the device.</summary>
    /// <typeparam name="T">A type of the elements' size, such as float for Float32.</typeparam>
    /// <returns>The elements.</returns>
    public T[] ToArray<T>() where T : unmanaged
    {
        if (sizeof(T) != DType.Size())
        {
            throw new InvalidOperationException($"{this} has elements of {DType.Size()} bytes; {typeof(T).Name} has {sizeof(T)}. Convert with To(DType) first.");
        }

        var values = new T[NumElements];
        fixed (T* buffer = values)
        {
            Native.Check(Native.trs_tensor_copy_out(Handle, buffer, (long)values.Length * sizeof(T)), $"copy {this} out");
        }

        return values;
    }

    /// <summary>The elements as single-precision numbers, whatever the floating type. Waits for the device.</summary>
    /// <returns>The elements in row-major order.</returns>
    public float[] ToFloats()
    {
        if (DType == DType.Float32)
        {
            return ToArray<float>();
        }

        using var scope = TensorScope.Begin();
        return To(DType.Float32).ToArray<float>();
    }

    /// <summary>The only element as a number. Waits for the device.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">There is not exactly one element.</exception>
    public double ToDouble()
    {
        if (NumElements != 1)
        {
            throw new InvalidOperationException($"{this} has {NumElements} elements; one is needed to read a number.");
        }

        using var scope = TensorScope.Begin();
        return To(DType.Float64).ToArray<double>()[0];
    }

    /// <summary>The only element as a single-precision number. Waits for the device.</summary>
    /// <returns>The value.</returns>
    public float ToSingle() => (float)ToDouble();

    /// <summary>Makes a tensor on the CPU from elements in memory; they are copied.</summary>
    /// <typeparam name="T">A type of the elements' size.</typeparam>
    /// <param name="values">Row-major elements.</param>
    /// <param name="dtype">How to read them.</param>
    /// <param name="shape">Sizes; their product is the number of values.</param>
    /// <returns>The tensor, in the current scope.</returns>
    public static Tensor From<T>(ReadOnlySpan<T> values, DType dtype, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        Engine.EnsureLoaded();
        fixed (T* data = values)
        fixed (long* sizes = shape)
        {
            Native.Check(Native.trs_tensor_from(data, (long)values.Length * sizeof(T), (int)dtype, sizes, shape.Length, out IntPtr handle),
                $"make {dtype}[{string.Join(", ", shape.ToArray())}] from {values.Length} values");
            return Adopt(handle);
        }
    }

    /// <summary>Makes a Float32 tensor on the CPU.</summary>
    /// <param name="values">Row-major elements, copied.</param>
    /// <param name="shape">Sizes.</param>
    /// <returns>The tensor, in the current scope.</returns>
    public static Tensor From(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) => From(values, DType.Float32, shape);

    /// <summary>Makes an Int64 tensor on the CPU.</summary>
    /// <param name="values">Row-major elements, copied.</param>
    /// <param name="shape">Sizes.</param>
    /// <returns>The tensor, in the current scope.</returns>
    public static Tensor From(ReadOnlySpan<long> values, params ReadOnlySpan<long> shape) => From(values, DType.Int64, shape);

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    /// <inheritdoc/>
    public override string ToString() =>
        Handle.IsClosed ? "freed tensor" : $"{DType}[{string.Join(", ", Info())}] {_device}";

    internal static Tensor Adopt(IntPtr handle)
    {
        var tensor = new Tensor(handle);
        TensorScope.Track(tensor);
        return tensor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal long Borrow()
    {
        if (Handle.IsClosed)
        {
            throw new ObjectDisposedException(nameof(Tensor), "The tensor was freed by Dispose or by its scope. Return() it from the scope, or Own() it.");
        }

        bool added = false;
        Handle.DangerousAddRef(ref added);
        return Handle.DangerousGetHandle();
    }

    internal void GiveBack() => Handle.DangerousRelease();

    /// <remarks>Asked anew each time, because in-place operators may change the shape; the array is kept while it is right.</remarks>
    private long[] Info()
    {
        long* info = stackalloc long[6 + MaxRank];
        Native.Check(Native.trs_tensor_info(Handle, info, MaxRank), "read tensor");
        int rank = info[5] <= MaxRank ? (int)info[5]
            : throw new NotSupportedException($"A tensor has {info[5]} dimensions; at most {MaxRank} are supported.");
        _dtype = (DType)info[0];
        _device = info[1] == 0 ? Device.Cpu : new Device((int)info[1], (int)info[2]);
        var shape = new ReadOnlySpan<long>(info + 6, rank);
        return _shape != null && shape.SequenceEqual(_shape) ? _shape : _shape = shape.ToArray();
    }
}

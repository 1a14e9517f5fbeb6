using System.Runtime.InteropServices;

namespace ThinkRec.Torch.Interop;

/// <summary>What kind of value a slot holds; the numbers are those of shim.h.</summary>
internal enum SlotTag : long
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    IntList = 5,
    DoubleList = 6,
    TensorList = 7,
    Text = 8,
    DType = 9,
    Device = 10,
    Generator = 11,
    Default = 12,
}

/// <summary>One argument or result of an operator call, as the shim lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeSlot
{
    public SlotTag Tag;
    public long Value;
    public long Length;
}

internal static unsafe partial class Native
{
    internal const string Library = "torchshim";

    static Native() => ShimLoader.Register();

    [LibraryImport(Library)] internal static partial int trs_abi();

    [LibraryImport(Library)] internal static partial IntPtr trs_torch_version();

    [LibraryImport(Library)] internal static partial IntPtr trs_last_error();

    [LibraryImport(Library)] internal static partial void trs_init(int threads);

    [LibraryImport(Library)] internal static partial int trs_threads();

    [LibraryImport(Library)] internal static partial void trs_flush_denormals();

    [LibraryImport(Library)] internal static partial IntPtr trs_blas_core();

    [LibraryImport(Library)] internal static partial int trs_cuda_devices();

    [LibraryImport(Library)] internal static partial int trs_synchronize(int deviceType, int deviceIndex);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int trs_op_find(string name, string overload, out IntPtr op);

    [LibraryImport(Library)] internal static partial IntPtr trs_op_schema(IntPtr op);

    [LibraryImport(Library)]
    internal static partial int trs_op_call(IntPtr op, NativeSlot* input, int count, NativeSlot* output, int capacity, int* produced);

    [LibraryImport(Library)] internal static partial void trs_free(IntPtr list);

    [LibraryImport(Library)] internal static partial void trs_tensor_free(IntPtr tensor);

    [LibraryImport(Library)] internal static partial long trs_tensor_count();

    [LibraryImport(Library)]
    internal static partial int trs_tensor_from(void* data, long bytes, int dtype, long* sizes, int rank, out IntPtr tensor);

    [LibraryImport(Library)] internal static partial int trs_tensor_copy_out(TensorHandle tensor, void* buffer, long bytes);

    [LibraryImport(Library)] internal static partial int trs_tensor_info(TensorHandle tensor, long* info, int capacity);

    [LibraryImport(Library)] internal static partial IntPtr trs_tensor_data(TensorHandle tensor);

    [LibraryImport(Library)] internal static partial int trs_backward(TensorHandle loss);

    [LibraryImport(Library)] internal static partial int trs_grad(TensorHandle tensor, out IntPtr grad);

    [LibraryImport(Library)] internal static partial int trs_set_grad(TensorHandle tensor, IntPtr grad);

    [LibraryImport(Library)] internal static partial int trs_set_requires_grad(TensorHandle tensor, int on);

    [LibraryImport(Library)] internal static partial int trs_grad_mode(int on);

    [LibraryImport(Library)] internal static partial IntPtr trs_inference_begin();

    [LibraryImport(Library)] internal static partial void trs_inference_end(IntPtr guard);

    [LibraryImport(Library)] internal static partial int trs_generator_new(long seed, out IntPtr generator);

    [LibraryImport(Library)] internal static partial void trs_generator_free(IntPtr generator);

    [LibraryImport(Library)] internal static partial int trs_generator_seed(GeneratorHandle generator, long seed);

    [LibraryImport(Library)] internal static partial int trs_generator_get(GeneratorHandle generator, out IntPtr state);

    [LibraryImport(Library)] internal static partial int trs_generator_set(GeneratorHandle generator, TensorHandle state);

    [LibraryImport(Library)] internal static partial IntPtr trs_group_backends();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int trs_group_store(string address, int port, int rank, int size, long connectMs, out IntPtr group);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int trs_group_connect(GroupHandle group, string network, int rank, long timeoutMs, int gpu);

    [LibraryImport(Library)] internal static partial void trs_group_free(IntPtr group);

    [LibraryImport(Library)] internal static partial int trs_group_all_reduce(GroupHandle group, TensorHandle tensor, out IntPtr work);

    [LibraryImport(Library)] internal static partial int trs_work_wait(WorkHandle work);

    [LibraryImport(Library)] internal static partial void trs_work_free(IntPtr work);

    [LibraryImport(Library)] internal static partial int trs_group_broadcast(GroupHandle group, TensorHandle tensor, int root);

    [LibraryImport(Library)] internal static partial int trs_group_all_gather(GroupHandle group, TensorHandle tensor, out IntPtr gathered);

    [LibraryImport(Library)] internal static partial int trs_group_barrier(GroupHandle group);

    [LibraryImport(Library)]
    internal static partial int trs_reducer_new(GroupHandle group, IntPtr* parameters, int count, long bucketBytes, out IntPtr reducer);

    [LibraryImport(Library)] internal static partial int trs_reducer_begin(ReducerHandle reducer);

    [LibraryImport(Library)] internal static partial int trs_reducer_finish(ReducerHandle reducer, out int early);

    [LibraryImport(Library)] internal static partial void trs_reducer_free(IntPtr reducer);

    internal static string Text(IntPtr utf8) => Marshal.PtrToStringUTF8(utf8) ?? "";

    internal static string LastError() => Text(trs_last_error()).Trim();

    internal static void Check(int status, string action)
    {
        if (status != 0)
        {
            throw TensorMemoryException.Of(action, LastError());
        }
    }
}

/// <summary>Owns one reference to a native tensor.</summary>
internal sealed class TensorHandle : SafeHandle
{
    internal TensorHandle(IntPtr tensor) : base(IntPtr.Zero, ownsHandle: true) => SetHandle(tensor);

    public override bool IsInvalid => handle == IntPtr.Zero;

    protected override void Dispose(bool disposing)
    {
        if (!disposing && !IsInvalid && !IsClosed)
        {
            TensorCensus.CountFinalized();
        }

        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        Native.trs_tensor_free(handle);
        return true;
    }
}

/// <summary>Owns a native random generator; the null handle is the process-wide default of the CPU.</summary>
internal sealed class GeneratorHandle : SafeHandle
{
    internal GeneratorHandle(IntPtr generator) : base(IntPtr.Zero, ownsHandle: true) => SetHandle(generator);

    public override bool IsInvalid => false;

    protected override bool ReleaseHandle()
    {
        if (handle != IntPtr.Zero)
        {
            Native.trs_generator_free(handle);
        }

        return true;
    }
}

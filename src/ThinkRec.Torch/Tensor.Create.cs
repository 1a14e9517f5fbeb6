namespace ThinkRec.Torch;

public sealed partial class Tensor
{
    /// <summary>Memory that is not initialised.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="device">Where; null for the CPU.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor Empty(long[] shape, DType dtype = DType.Float32, Device? device = null) =>
        Ops.EmptyMemoryFormat.Call(shape, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>All zeros.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="device">Where; null for the CPU.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor Zeros(long[] shape, DType dtype = DType.Float32, Device? device = null) =>
        Ops.Zeros.Call(shape, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>All the same value.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="value">The value.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="device">Where; null for the CPU.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor Full(long[] shape, double value, DType dtype = DType.Float32, Device? device = null) =>
        Ops.Full.Call(shape, value, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>0, 1, … n - 1 as Int64.</summary>
    /// <param name="count">How many.</param>
    /// <param name="device">Where; null for the CPU.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor Arange(long count, Device? device = null) =>
        Ops.Arange.Call(count, DType.Int64, Arg.None, device ?? Device.Cpu);
}

using System.Diagnostics.CodeAnalysis;
using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

/// <summary>One argument of an operator call. Values convert by themselves; a null tensor or list is "none".</summary>
[SuppressMessage("Usage", "CA2225:Operator overloads have named alternates", Justification = "Conversions are the purpose of the type.")]
[SuppressMessage("Performance", "CA1815:Override equals", Justification = "Arguments are passed, never compared.")]
public readonly struct Arg
{
    private Arg(SlotTag tag, long value = 0, long length = 0, object? reference = null)
    {
        Tag = tag;
        Value = value;
        Length = length;
        Reference = reference;
    }

    /// <summary>An absent optional argument.</summary>
    public static Arg None => new(SlotTag.None);

    /// <summary>The schema's own default.</summary>
    public static Arg Default => new(SlotTag.Default);

    internal SlotTag Tag { get; }

    internal long Value { get; }

    internal long Length { get; }

    internal object? Reference { get; }

    /// <summary>Passes a tensor, borrowed.</summary>
    /// <param name="tensor">The tensor, or null.</param>
    public static implicit operator Arg(Tensor? tensor) => tensor is null ? None : new(SlotTag.Tensor, reference: tensor);

    /// <summary>Passes a list of tensors, borrowed.</summary>
    /// <param name="tensors">The tensors; null elements only where the operator takes them.</param>
    public static implicit operator Arg(Tensor?[]? tensors) =>
        tensors is null ? None : new(SlotTag.TensorList, length: tensors.Length, reference: tensors);

    /// <summary>Passes an integer (or a Scalar).</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Arg(long value) => new(SlotTag.Int, value);

    /// <summary>Passes a number (or a Scalar).</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Arg(double value) => new(SlotTag.Double, BitConverter.DoubleToInt64Bits(value));

    /// <summary>Passes a truth value.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Arg(bool value) => new(SlotTag.Bool, value ? 1 : 0);

    /// <summary>Passes a list of integers, such as a shape.</summary>
    /// <param name="values">The values, or null.</param>
    public static implicit operator Arg(long[]? values) =>
        values is null ? None : new(SlotTag.IntList, length: values.Length, reference: values);

    /// <summary>Passes a list of numbers.</summary>
    /// <param name="values">The values, or null.</param>
    public static implicit operator Arg(double[]? values) =>
        values is null ? None : new(SlotTag.DoubleList, length: values.Length, reference: values);

    /// <summary>Passes a text.</summary>
    /// <param name="text">The text, or null.</param>
    public static implicit operator Arg(string? text) => text is null ? None : new(SlotTag.Text, reference: text);

    /// <summary>Passes an element type.</summary>
    /// <param name="dtype">The type.</param>
    public static implicit operator Arg(DType dtype) => new(SlotTag.DType, (long)dtype);

    /// <summary>Passes a device.</summary>
    /// <param name="device">The device.</param>
    public static implicit operator Arg(Device device) => new(SlotTag.Device, device.Type, device.Index);

    /// <summary>Passes a random generator, borrowed.</summary>
    /// <param name="generator">The generator, or null for the default one.</param>
    public static implicit operator Arg(Generator? generator) => generator is null ? None : new(SlotTag.Generator, reference: generator);

    /// <inheritdoc/>
    public override string ToString() => Tag switch
    {
        SlotTag.Tensor => Reference!.ToString()!,
        SlotTag.TensorList => $"[{string.Join("; ", ((Tensor?[])Reference!).Take(4).Select(t => t?.ToString() ?? "none"))}"
            + (Length > 4 ? $"; … {Length} tensors]" : "]"),
        SlotTag.Int => $"{Value}",
        SlotTag.Double => $"{BitConverter.Int64BitsToDouble(Value)}",
        SlotTag.Bool => Value != 0 ? "true" : "false",
        SlotTag.IntList => $"[{string.Join(", ", (long[])Reference!)}]",
        SlotTag.DoubleList => $"[{string.Join(", ", (double[])Reference!)}]",
        SlotTag.Text => $"\"{Reference}\"",
        SlotTag.DType => $"{(DType)Value}",
        SlotTag.Device => new Device((int)Value, (int)Length).ToString(),
        _ => Tag.ToString().ToLowerInvariant(),
    };
}

using System.Globalization;

namespace ThinkRec.Torch;

/// <summary>Where a tensor's memory lies.</summary>
/// <param name="Type">c10::DeviceType: 0 CPU, 1 CUDA.</param>
/// <param name="Index">Number of the GPU; -1 for the CPU.</param>
public readonly record struct Device(int Type, int Index)
{
    /// <summary>Main memory.</summary>
    public static Device Cpu { get; } = new(0, -1);

    /// <summary>A GPU.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <returns>The device; whether it exists is checked at first use.</returns>
    public static Device Cuda(int index = 0) => new(1, index);

    /// <summary>True for a GPU.</summary>
    public bool IsCuda => Type == 1;

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <param name="text">The name.</param>
    /// <returns>The device.</returns>
    /// <exception cref="ArgumentException">The text is none of these.</exception>
    public static Device Parse(string text)
    {
        if (text == "cpu")
        {
            return Cpu;
        }

        if (text == "cuda")
        {
            return Cuda();
        }

        return text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? Cuda(index)
            : throw new ArgumentException($"Device '{text}' is not known. Use cpu, cuda or cuda:N.");
    }

    /// <inheritdoc/>
    public override string ToString() => Type == 0 ? "cpu" : $"cuda:{Math.Max(Index, 0)}";
}

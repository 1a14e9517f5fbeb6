using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace ThinkRec.Data.Preparation;

/// <summary>Gives the same string for the same short bytes where it can, because ids, ratings and times come again and again. Its size is fixed.</summary>
internal sealed class ShortTexts
{
    private const int MaxBytes = 64;
    private const int Bits = 17;
    private readonly string?[] _texts = new string?[1 << Bits];

    /// <summary>The text of some bytes.</summary>
    /// <returns>Null when they are many, or not all ASCII: they are for the caller to decode and check.</returns>
    public string? Find(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
        {
            return null;
        }
        ref var text = ref _texts[Hash(bytes) >> (64 - Bits)];
        if (text is not null && Ascii.Equals(bytes, text))
        {
            return text;
        }
        return Ascii.IsValid(bytes) ? text = Encoding.ASCII.GetString(bytes) : null;
    }

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Odd = 0x9E3779B97F4A7C15;
        var hash = (ulong)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            hash = BitOperations.RotateLeft((hash ^ MemoryMarshal.Read<ulong>(bytes)) * Odd, 29);
        }
        foreach (var one in bytes)
        {
            hash = (hash ^ one) * Odd;
        }
        return (hash ^ (hash >> 32)) * Odd;
    }
}

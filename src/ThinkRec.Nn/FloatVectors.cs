using System.Numerics;
using System.Runtime.InteropServices;

namespace ThinkRec.Nn;

/// <summary>Arithmetic on vectors in memory, for loops that would be many small operators.</summary>
public static class FloatVectors
{
    /// <summary>Σ a·b.</summary>
    /// <param name="a">One vector.</param>
    /// <param name="b">Another of the same length.</param>
    /// <returns>The dot product.</returns>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ReadOnlySpan<Vector<float>> left = MemoryMarshal.Cast<float, Vector<float>>(a), right = MemoryMarshal.Cast<float, Vector<float>>(b);
        Vector<float> even = default, odd = default; // two sums, so that one addition need not wait for the other
        int i = 0;
        for (; i + 1 < left.Length; i += 2)
        {
            even = Vector.FusedMultiplyAdd(left[i], right[i], even);
            odd = Vector.FusedMultiplyAdd(left[i + 1], right[i + 1], odd);
        }

        if (i < left.Length)
        {
            even = Vector.FusedMultiplyAdd(left[i], right[i], even);
        }

        float sum = Vector.Sum(even + odd);
        for (int j = left.Length * Vector<float>.Count; j < a.Length; j++)
        {
            sum += a[j] * b[j];
        }

        return sum;
    }

    /// <summary>target += factor · source.</summary>
    /// <param name="factor">The factor.</param>
    /// <param name="source">A vector.</param>
    /// <param name="target">Another of the same length.</param>
    public static void AddScaled(float factor, ReadOnlySpan<float> source, Span<float> target)
    {
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(source);
        Span<Vector<float>> to = MemoryMarshal.Cast<float, Vector<float>>(target);
        var factors = new Vector<float>(factor);
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = Vector.FusedMultiplyAdd(factors, from[i], to[i]);
        }

        for (int j = to.Length * Vector<float>.Count; j < target.Length; j++)
        {
            target[j] += factor * source[j];
        }
    }
}

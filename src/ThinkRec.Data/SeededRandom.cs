using System.Security.Cryptography;
using System.Text;

namespace ThinkRec.Data;

/// <summary>A stream of random numbers from one seed and a name, whose state can be saved and put back exactly.</summary>
/// <remarks>xoshiro256** (Blackman and Vigna), its state filled from SHA-256 of seed and name. Not for secrets.</remarks>
public sealed class SeededRandom
{
    private readonly ulong[] _state;

    private SeededRandom(ulong[] state) => _state = state;

    /// <summary>The stream of a name: other names and other seeds give unrelated streams.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="name">What the numbers are for, such as <c>data</c>.</param>
    /// <returns>The stream at its start.</returns>
    public static SeededRandom Stream(long seed, string name)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}/{name}")));
        var state = new ulong[4];
        for (var i = 0; i < 4; i++)
        {
            state[i] = BitConverter.ToUInt64(hash, 8 * i);
        }
        return new SeededRandom(state);
    }

    /// <summary>Continues a stream from a saved state.</summary>
    /// <param name="state">Four words from <see cref="GetState"/>, not all zero.</param>
    /// <returns>A stream that goes on as the saved one did.</returns>
    /// <exception cref="ArgumentException">There are not four words, or all are zero.</exception>
    public static SeededRandom FromState(ReadOnlySpan<ulong> state)
    {
        var random = new SeededRandom(new ulong[4]);
        random.SetState(state);
        return random;
    }

    /// <summary>The state, to be saved with a checkpoint.</summary>
    /// <returns>Four words, the caller's own copy.</returns>
    public ulong[] GetState() => [.. _state];

    /// <summary>Puts a saved state back.</summary>
    /// <param name="state">Four words from <see cref="GetState"/>, not all zero.</param>
    /// <exception cref="ArgumentException">There are not four words, or all are zero.</exception>
    public void SetState(ReadOnlySpan<ulong> state)
    {
        if (state.Length != 4 || !state.ContainsAnyExcept(0UL))
        {
            throw new ArgumentException($"A random state has four words, not all zero, but this one has {state.Length}.", nameof(state));
        }
        state.CopyTo(_state);
    }

    /// <summary>64 random bits.</summary>
    /// <returns>Any value.</returns>
    public ulong NextUInt64()
    {
        var result = ulong.RotateLeft(_state[1] * 5, 7) * 9;
        var shifted = _state[1] << 17;
        _state[2] ^= _state[0];
        _state[3] ^= _state[1];
        _state[1] ^= _state[2];
        _state[0] ^= _state[3];
        _state[2] ^= shifted;
        _state[3] = ulong.RotateLeft(_state[3], 45);
        return result;
    }

    /// <summary>A uniform number.</summary>
    /// <returns>0 ≤ x &lt; 1, a multiple of 2^-53.</returns>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform integer.</summary>
    /// <param name="exclusiveMax">1 or more.</param>
    /// <returns>0 ≤ n &lt; exclusiveMax; the bias is below 2^-32.</returns>
    public int NextInt(int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusiveMax, 1);
        return (int)Math.BigMul(NextUInt64(), (ulong)exclusiveMax, out _);
    }

    /// <summary>A standard normal number (Box–Muller, two uniform numbers each, nothing kept back).</summary>
    /// <returns>Mean 0, standard deviation 1.</returns>
    public double NextGaussian()
    {
        var radius = Math.Sqrt(-2.0 * Math.Log(1.0 - NextDouble()));
        return radius * Math.Cos(2.0 * Math.PI * NextDouble());
    }

    /// <summary>Puts the values into a random order, every order equally likely.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="values">Reordered in place.</param>
    public void Shuffle<T>(Span<T> values)
    {
        for (var last = values.Length - 1; last > 0; last--)
        {
            var other = NextInt(last + 1);
            (values[last], values[other]) = (values[other], values[last]);
        }
    }
}

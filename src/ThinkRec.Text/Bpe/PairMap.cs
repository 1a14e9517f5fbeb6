using System.Numerics;
using System.Security.Cryptography;

namespace ThinkRec.Text.Bpe;

/// <summary>Two numbers for each pair of ids, in one piece of memory.</summary>
/// <remarks>Places are found by multiplication with a number drawn for the process, so that no file can put many pairs into one place.</remarks>
internal sealed class PairMap
{
    private const ulong Free = ulong.MaxValue; // ids are not negative, so that no pair is this
    private static readonly ulong Factor = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;
    private (ulong Pair, int First, int Second)[] _places;
    private int _shift;
    private int _count;

    /// <summary>Makes an empty map.</summary>
    /// <param name="capacity">Pairs expected; more fit.</param>
    public PairMap(int capacity = 0)
    {
        _places = [];
        Resize(Math.Max(16, (int)BitOperations.RoundUpToPowerOf2((uint)capacity * 2)));
    }

    /// <summary>Adds a pair; false, and no change, when it is there.</summary>
    public bool TryAdd(ulong pair, int first, int second)
    {
        if ((_count + 1) * 2 > _places.Length)
        {
            Resize(_places.Length * 2);
        }

        ref var place = ref _places[Find(pair)];
        if (place.Pair == pair)
        {
            return false;
        }

        place = (pair, first, second);
        _count++;
        return true;
    }

    /// <summary>Looks a pair up.</summary>
    public bool TryGetValue(ulong pair, out int first, out int second)
    {
        ref readonly var place = ref _places[Find(pair)];
        (first, second) = (place.First, place.Second);
        return place.Pair == pair;
    }

    private int Find(ulong pair)
    {
        var at = (int)((BitOperations.RotateLeft(pair * Factor, 32) * Factor) >> _shift);
        while (_places[at].Pair != pair && _places[at].Pair != Free)
        {
            at = (at + 1) & (_places.Length - 1);
        }

        return at;
    }

    private void Resize(int length)
    {
        var old = _places;
        _places = new (ulong, int, int)[length];
        Array.Fill(_places, (Free, 0, 0));
        _shift = 64 - BitOperations.Log2((uint)length);
        foreach (var place in old)
        {
            if (place.Pair != Free)
            {
                _places[Find(place.Pair)] = place;
            }
        }
    }
}

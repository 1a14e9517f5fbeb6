using System.Numerics;
using System.Runtime.InteropServices;

namespace ThinkRec.Text.Bpe;

/// <summary>Remembers the ids of short words; bounded, and safe for many threads.</summary>
/// <remarks>A word has two places; a new one takes the first and moves what was there to the second. Places are read and
/// written in one step each, so that threads need no lock; a word that two add at once is at worst forgotten.</remarks>
internal sealed class WordCache
{
    private const int MostPlaces = 1 << 17;
    private const int MaxWordLength = 64;
    private readonly Lock _growing = new();
    private volatile Entry?[] _places = new Entry?[1 << 9];
    private int _added;

    /// <summary>Looks a word up.</summary>
    public bool TryGet(ReadOnlySpan<char> word, out int[] ids)
    {
        var places = _places;
        var place = PlaceOf(word, places.Length);
        var entry = places[place];
        if (entry is null || !word.SequenceEqual(entry.Word))
        {
            entry = places[place ^ 1];
            if (entry is null || !word.SequenceEqual(entry.Word))
            {
                ids = [];
                return false;
            }
        }

        ids = entry.Ids;
        return true;
    }

    /// <summary>Adds a word unless it is long.</summary>
    public void Add(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length > MaxWordLength)
        {
            return;
        }

        Put(_places, new Entry(word.ToString(), ids.ToArray()));
        if (++_added > _places.Length / 2 && _places.Length < MostPlaces)
        {
            Grow();
        }
    }

    private static void Put(Entry?[] places, Entry entry)
    {
        var place = PlaceOf(entry.Word, places.Length);
        places[place ^ 1] = places[place] ?? places[place ^ 1];
        Volatile.Write(ref places[place], entry);
    }

    private void Grow()
    {
        lock (_growing)
        {
            var more = new Entry?[Math.Min(_places.Length * 4, MostPlaces)];
            foreach (var entry in _places)
            {
                if (entry is not null)
                {
                    Put(more, entry);
                }
            }

            (_places, _added) = (more, 0);
        }
    }

    private static int PlaceOf(ReadOnlySpan<char> word, int places)
    {
        const ulong factor = 0x9E3779B97F4A7C15;
        var fours = MemoryMarshal.Cast<char, ulong>(word);
        var hash = (ulong)word.Length;
        foreach (var four in fours)
        {
            hash = BitOperations.RotateLeft((hash ^ four) * factor, 29);
        }

        foreach (var character in word[(fours.Length * 4)..])
        {
            hash = BitOperations.RotateLeft((hash ^ character) * factor, 29);
        }

        return (int)((hash * factor) >> 32) & (places - 1);
    }

    private sealed class Entry(string word, int[] ids)
    {
        public readonly string Word = word;
        public readonly int[] Ids = ids;
    }
}

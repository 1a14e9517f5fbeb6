using System.Collections.Concurrent;

namespace ThinkRec.Text.Bpe;

/// <summary>Remembers the ids of short words; bounded, and safe for many threads.</summary>
internal sealed class WordCache
{
    private const int MaxWords = 1 << 16;
    private const int MaxWordLength = 64;
    private Generation _generation = new();

    /// <summary>Looks a word up.</summary>
    public bool TryGet(ReadOnlySpan<char> word, out int[] ids) => _generation.Lookup.TryGetValue(word, out ids!);

    /// <summary>Adds a word unless it is long; a full cache starts again from empty.</summary>
    public void Add(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length > MaxWordLength)
        {
            return;
        }

        var generation = _generation;
        if (Interlocked.Increment(ref generation.Added) > MaxWords)
        {
            Interlocked.CompareExchange(ref _generation, new Generation(), generation);
            return;
        }

        generation.Lookup.TryAdd(word, ids.ToArray());
    }

    private sealed class Generation
    {
        public int Added;

        public Generation() =>
            Lookup = new ConcurrentDictionary<string, int[]>(StringComparer.Ordinal)
                .GetAlternateLookup<ReadOnlySpan<char>>();

        public ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> Lookup { get; }
    }
}

using System.Buffers;

namespace ThinkRec.Text.Bpe;

/// <summary>The merges in order of priority, and the loop that applies them to one word.</summary>
internal sealed class MergeTable
{
    private const int LongestScannedWord = 96;
    private readonly PairMap _merges; // rank and id of the result

    /// <summary>Makes a table of (left, right, result) ids; the first has the highest priority.</summary>
    public MergeTable(IReadOnlyList<(int Left, int Right, int Result)> merges)
    {
        _merges = new PairMap(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            _merges.TryAdd(Key(merges[rank].Left, merges[rank].Right), rank, merges[rank].Result);
        }
    }

    /// <summary>Makes the table of a vocabulary without a list of merges: two entries merge when together they are a third.</summary>
    /// <param name="ids">Ids by spelling.</param>
    /// <param name="rankOf">Priority of an entry by its id, lowest first; may be equal for several.</param>
    /// <param name="mark">What begins words.</param>
    /// <param name="crossesWords">Whether some merge joins the end of a word with a mark after it.</param>
    /// <remarks>Time grows with the square of an entry's length; readers bound it.</remarks>
    public MergeTable(Dictionary<string, int> ids, Func<int, int> rankOf, char mark, out bool crossesWords)
    {
        crossesWords = false;
        _merges = new PairMap(ids.Count);
        var lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (spelling, id) in ids)
        {
            for (var at = 1; at < spelling.Length; at++)
            {
                if (lookup.TryGetValue(spelling.AsSpan(0, at), out var left) && lookup.TryGetValue(spelling.AsSpan(at), out var right))
                {
                    _merges.TryAdd(Key(left, right), rankOf(id), id);
                    crossesWords |= spelling[at] == mark && spelling[at - 1] != mark;
                }
            }
        }
    }

    /// <summary>Joins two ids to one key.</summary>
    public static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>Merges in place, always the pair of lowest rank and leftmost of those; the result's length.</summary>
    public int Apply(Span<int> symbols) =>
        symbols.Length <= LongestScannedWord ? ApplyByScanning(symbols) : ApplyByQueue(symbols);

    private int ApplyByScanning(Span<int> symbols)
    {
        Span<int> ranks = stackalloc int[LongestScannedWord]; // ranks[i]: of the pair (i, i + 1)
        var count = symbols.Length;
        for (var i = 0; i + 1 < count; i++)
        {
            ranks[i] = RankOf(symbols, i, count);
        }

        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i < count - 1; i++)
            {
                best = ranks[i] < ranks[best] ? i : best;
            }

            if (ranks[best] == int.MaxValue)
            {
                break;
            }

            symbols[best] = ResultOf(Key(symbols[best], symbols[best + 1]));
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            ranks[Math.Min(best + 2, count)..count].CopyTo(ranks[(best + 1)..]);
            count--;
            ranks[best] = RankOf(symbols, best, count);
            if (best > 0)
            {
                ranks[best - 1] = RankOf(symbols, best - 1, count);
            }
        }

        return count;
    }

    private int RankOf(ReadOnlySpan<int> symbols, int index, int count) =>
        index + 1 < count && _merges.TryGetValue(Key(symbols[index], symbols[index + 1]), out var rank, out _)
            ? rank
            : int.MaxValue;

    private int ResultOf(ulong pair) => _merges.TryGetValue(pair, out _, out var id) ? id : throw new KeyNotFoundException();

    private int ApplyByQueue(Span<int> symbols)
    {
        var count = symbols.Length;
        var next = ArrayPool<int>.Shared.Rent(count);
        var previous = ArrayPool<int>.Shared.Rent(count);
        var queue = new PriorityQueue<(int At, ulong Pair), ulong>();
        for (var i = 0; i < count; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            Enqueue(queue, symbols, i, i + 1);
        }

        while (queue.TryDequeue(out var candidate, out _))
        {
            var (at, right) = (candidate.At, next[candidate.At]);
            if (symbols[at] < 0 || right >= count || Key(symbols[at], symbols[right]) != candidate.Pair)
            {
                continue; // one of the two has been merged since
            }

            (symbols[at], symbols[right]) = (ResultOf(candidate.Pair), -1);
            next[at] = next[right];
            if (next[at] < count)
            {
                previous[next[at]] = at;
            }

            Enqueue(queue, symbols, previous[at], at);
            Enqueue(queue, symbols, at, next[at]);
        }

        ArrayPool<int>.Shared.Return(next);
        ArrayPool<int>.Shared.Return(previous);
        return RemoveMerged(symbols);
    }

    private void Enqueue(
        PriorityQueue<(int At, ulong Pair), ulong> queue, ReadOnlySpan<int> symbols, int left, int right)
    {
        if (left < 0 || right >= symbols.Length)
        {
            return;
        }

        var pair = Key(symbols[left], symbols[right]);
        if (_merges.TryGetValue(pair, out var rank, out _))
        {
            queue.Enqueue((left, pair), Key(rank, left));
        }
    }

    private static int RemoveMerged(Span<int> symbols)
    {
        var count = 0;
        foreach (var symbol in symbols)
        {
            if (symbol >= 0)
            {
                symbols[count++] = symbol;
            }
        }

        return count;
    }
}

using System.Text;

namespace ThinkRec.Text.Bpe;

/// <summary>Finds the most frequent pair again and again; counts and places are updated, not recounted.</summary>
internal sealed class MergeLearner
{
    private const int AnyToken = -1;
    private readonly int _firstId;
    private readonly List<Word> _words = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal); // by byte-level spelling
    private readonly Dictionary<ulong, long> _counts = [];
    private readonly Dictionary<ulong, List<int>> _places = []; // words that held the pair when noted
    private readonly HashSet<ulong> _merged = [];
    private readonly HashSet<ulong> _risen = [];

    // The most frequent pair first, of equals the one with the lowest ids. Entries may be out of date.
    private readonly PriorityQueue<ulong, (long NegativeCount, ulong Pair)> _queue = new();

    /// <summary>Starts with single bytes.</summary>
    /// <param name="firstId">Id of byte zero.</param>
    /// <param name="words">How often each word occurs.</param>
    public MergeLearner(int firstId, Dictionary<string, long> words)
    {
        _firstId = firstId;
        for (var value = 0; value < 256; value++)
        {
            AddToken([(byte)value]);
        }

        foreach (var (text, count) in words)
        {
            _words.Add(new Word([.. Encoding.UTF8.GetBytes(text).Select(value => _firstId + value)], count));
            CountPairs(_words.Count - 1, +1, AnyToken);
        }

        EnqueueRisen();
    }

    /// <summary>Bytes of each token; the first has the first id.</summary>
    public List<byte[]> Tokens { get; } = [];

    /// <summary>Left, right and result, in the order learnt.</summary>
    public List<(int Left, int Right, int Result)> Merges { get; } = [];

    /// <summary>Merges pairs until there are as many ids, or no pair is frequent enough.</summary>
    public void Learn(int vocabularySize, int minFrequency)
    {
        while (_firstId + Tokens.Count < vocabularySize && _queue.TryDequeue(out var pair, out var priority))
        {
            var count = _counts.GetValueOrDefault(pair);
            if (count != -priority.NegativeCount)
            {
                Enqueue(pair, count);
            }
            else if (count < minFrequency)
            {
                Enqueue(pair, count);
                return;
            }
            else
            {
                Merge(pair);
            }
        }
    }

    /// <summary>Adds merges after all others until the bytes, as one word, become one token.</summary>
    public void Require(byte[] bytes)
    {
        while (true)
        {
            int[] symbols = [.. bytes.Select(value => _firstId + value)];
            if (new MergeTable(Merges).Apply(symbols) == 1)
            {
                return;
            }

            Merge(MergeTable.Key(symbols[0], symbols[1]));
        }
    }

    private void Merge(ulong pair)
    {
        var (left, right) = ((int)(pair >> 32), (int)(uint)pair);
        byte[] bytes = [.. Tokens[left - _firstId], .. Tokens[right - _firstId]];
        var result = _ids.TryGetValue(ByteAlphabet.Write(bytes), out var known) ? known : AddToken(bytes);
        _merged.Add(pair);
        Merges.Add((left, right, result));
        if (_places.Remove(pair, out var places))
        {
            foreach (var index in places)
            {
                MergeInWord(index, left, right, result);
            }
        }

        _counts.Remove(pair);
        EnqueueRisen();
    }

    private void MergeInWord(int index, int left, int right, int result)
    {
        var symbols = _words[index].Symbols;
        var at = 0;
        while (at + 1 < symbols.Length && (symbols[at] != left || symbols[at + 1] != right))
        {
            at++;
        }

        if (at + 1 >= symbols.Length)
        {
            return; // an earlier merge took the pair
        }

        CountPairs(index, -1, AnyToken);
        var merged = new List<int>(symbols.Length - 1);
        for (var i = 0; i < symbols.Length; i++)
        {
            var isPair = i + 1 < symbols.Length && symbols[i] == left && symbols[i + 1] == right;
            merged.Add(isPair ? result : symbols[i]);
            i += isPair ? 1 : 0;
        }

        _words[index].Symbols = [.. merged];
        CountPairs(index, +1, result);
    }

    // Pairs with the token given are noted as risen, and the word as one of their places; others are noted already.
    private void CountPairs(int index, int sign, int token)
    {
        var word = _words[index];
        for (var i = 0; i + 1 < word.Symbols.Length; i++)
        {
            var (left, right) = (word.Symbols[i], word.Symbols[i + 1]);
            var pair = MergeTable.Key(left, right);
            _counts[pair] = _counts.GetValueOrDefault(pair) + (sign * word.Count);
            if (sign > 0 && (token == AnyToken || left == token || right == token))
            {
                Note(pair, index);
            }
        }
    }

    private void Note(ulong pair, int index)
    {
        _risen.Add(pair);
        if (!_places.TryGetValue(pair, out var places))
        {
            _places.Add(pair, places = []);
        }

        if (places.Count == 0 || places[^1] != index)
        {
            places.Add(index);
        }
    }

    private void EnqueueRisen()
    {
        foreach (var pair in _risen)
        {
            Enqueue(pair, _counts.GetValueOrDefault(pair));
        }

        _risen.Clear();
    }

    private void Enqueue(ulong pair, long count)
    {
        if (count > 0 && !_merged.Contains(pair))
        {
            _queue.Enqueue(pair, (-count, pair));
        }
    }

    private int AddToken(byte[] bytes)
    {
        var id = _firstId + Tokens.Count;
        Tokens.Add(bytes);
        _ids.Add(ByteAlphabet.Write(bytes), id);
        return id;
    }

    private sealed class Word(int[] symbols, long count)
    {
        public int[] Symbols = symbols;

        public long Count { get; } = count;
    }
}

using System.Runtime.InteropServices;

namespace ThinkRec.Data.Keywords;

/// <summary>Chooses among ranked phrases for every item, so that no phrase is chosen for too few.</summary>
/// <param name="candidates">By item index, the best first.</param>
/// <param name="max">Phrases of each item at most.</param>
/// <param name="minItems">Items that a phrase must be chosen for.</param>
/// <param name="stemsOf">The words of a phrase; no two phrases of an item share one, as "space" beside "space travel" says nothing.</param>
/// <param name="order">Which of two phrases is given up first: the one that fewer items could still choose.</param>
internal sealed class SharedChoice(Phrase[][] candidates, IReadOnlyList<int> max, int minItems, Func<Phrase, int[]> stemsOf, IComparer<Phrase> order)
{
    private readonly Phrase[][] _chosen = new Phrase[candidates.Length][];
    private readonly HashSet<Phrase>?[] _givenUp = new HashSet<Phrase>?[candidates.Length];
    private readonly Dictionary<Phrase, SortedSet<int>> _itemsOf = [];
    private readonly PriorityQueue<Phrase, Phrase> _tooFew = new(order);

    /// <summary>Chooses. An item gives a phrase up that too few others have, and takes its next best, until there is none; each is given up once at most.</summary>
    /// <returns>The phrases by item index, the best first.</returns>
    public Phrase[][] Run()
    {
        for (var item = 0; item < candidates.Length; item++)
        {
            Choose(item);
        }
        foreach (var phrase in _itemsOf.Keys)
        {
            Look(phrase);
        }
        while (_tooFew.TryDequeue(out var phrase, out _))
        {
            if (_itemsOf[phrase] is { Count: > 0 } items && items.Count < minItems)
            {
                var item = items.Min;
                (_givenUp[item] ??= []).Add(phrase);
                var before = _chosen[item];
                Choose(item);
                Array.ForEach([.. before.Union(_chosen[item])], Look);
            }
        }
        return _chosen;
    }

    private void Choose(int item)
    {
        foreach (var phrase in _chosen[item] ?? [])
        {
            _itemsOf[phrase].Remove(item);
        }
        var (taken, used) = (new List<Phrase>(), new HashSet<int>());
        foreach (var phrase in candidates[item])
        {
            if (taken.Count == max[item])
            {
                break;
            }
            if (_givenUp[item]?.Contains(phrase) != true && stemsOf(phrase) is var stems && !stems.Any(used.Contains))
            {
                taken.Add(phrase);
                used.UnionWith(stems);
            }
        }
        _chosen[item] = [.. taken];
        foreach (var phrase in taken)
        {
            ref var items = ref CollectionsMarshal.GetValueRefOrAddDefault(_itemsOf, phrase, out _);
            (items ??= []).Add(item);
        }
    }

    private void Look(Phrase phrase)
    {
        if (_itemsOf[phrase].Count is var count && count > 0 && count < minItems)
        {
            _tooFew.Enqueue(phrase, phrase);
        }
    }
}

using System.Text.RegularExpressions;

namespace ThinkRec.Text.Tests;

/// <summary>Byte-pair encoding as in the textbook, all counted anew for each merge. ASCII texts only.</summary>
internal static partial class BruteForceBpe
{
    public static List<string> Train(IEnumerable<string> texts, int maxMerges, int minFrequency)
    {
        var words = texts.SelectMany(text => Pattern().Matches(text))
            .Select(match => match.Value.Select(character => character.ToString()).ToList())
            .ToList();
        var ids = Enumerable.Range(0, 256).ToDictionary(value => ((char)value).ToString(), value => value);
        var learnt = new List<string>();
        var merged = new HashSet<(string, string)>();
        while (learnt.Count < maxMerges)
        {
            var best = words.SelectMany(word => word.Zip(word.Skip(1)))
                .Where(pair => !merged.Contains(pair))
                .GroupBy(pair => pair)
                .Where(group => group.Count() >= minFrequency)
                .OrderByDescending(group => group.Count())
                .ThenBy(group => ids[group.Key.First]).ThenBy(group => ids[group.Key.Second])
                .FirstOrDefault()?.Key;
            if (best is not { } pair)
            {
                break;
            }

            merged.Add(pair);
            if (ids.TryAdd(pair.First + pair.Second, 256 + learnt.Count))
            {
                learnt.Add(pair.First + pair.Second);
            }

            words.ForEach(word => Merge(word, pair));
        }

        return learnt;
    }

    public static List<int> Apply(IEnumerable<int> symbols, List<(int Left, int Right, int Result)> merges)
    {
        var word = symbols.ToList();
        while (true)
        {
            var best = Enumerable.Range(0, word.Count - 1)
                .Select(i => (Rank: merges.FindIndex(m => m.Left == word[i] && m.Right == word[i + 1]), At: i))
                .Where(candidate => candidate.Rank >= 0)
                .DefaultIfEmpty((Rank: -1, At: 0))
                .Min();
            if (best.Rank < 0)
            {
                return word;
            }

            word[best.At] = merges[best.Rank].Result;
            word.RemoveAt(best.At + 1);
        }
    }

    private static void Merge(List<string> word, (string First, string Second) pair)
    {
        for (var i = 0; i + 1 < word.Count; i++)
        {
            if (word[i] == pair.First && word[i + 1] == pair.Second)
            {
                word[i] += pair.Second;
                word.RemoveAt(i + 1);
            }
        }
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    public static partial Regex Pattern();
}

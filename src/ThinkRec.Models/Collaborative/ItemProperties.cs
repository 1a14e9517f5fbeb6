using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>The properties along which tastes are told: the most frequent keywords, an axis each, and the year.</summary>
public sealed class ItemProperties
{
    /// <summary>At most so many keywords have an axis.</summary>
    public const int MaxKeywords = 31;

    private const double YearScale = 15; // years of a step of one
    private const double MaxSteps = 10; // a mistyped year is not to drown all others
    private readonly int[][] _keywords;
    private readonly float[] _years;

    /// <summary>Looks the properties of items up.</summary>
    /// <param name="words">Words with keywords among them, most frequent first.</param>
    /// <param name="items">Texts by item index.</param>
    public ItemProperties(ItemWords words, IReadOnlyList<ItemText> items)
    {
        Dictionary<long, int> axes = words.Keywords.Take(MaxKeywords).Select((word, axis) => (word, axis)).ToDictionary(p => p.word, p => p.axis);
        Count = axes.Count + 1;
        _keywords = [.. Enumerable.Range(0, items.Count).Select(item => words.Of(item).Where(axes.ContainsKey).Select(word => axes[word]).ToArray())];
        double mean = items.Where(item => item.Year != null).Select(item => (double)item.Year!.Value).DefaultIfEmpty().Average();
        _years = [.. items.Select(item => item.Year is int year ? (float)Math.Clamp((year - mean) / YearScale, -MaxSteps, MaxSteps) : 0)];
    }

    /// <summary>Axes; the last is the year.</summary>
    public int Count { get; }

    /// <summary>The axes of an item's keywords.</summary>
    /// <param name="item">Item index.</param>
    /// <returns>Each axis once.</returns>
    public IReadOnlyList<int> KeywordsOf(long item) => _keywords[item];

    /// <summary>An item's year.</summary>
    /// <param name="item">Item index.</param>
    /// <returns>In steps of fifteen years from the mean, ten at most; 0 when it is not known.</returns>
    public float YearOf(long item) => _years[item];

    /// <summary>An item's place on every axis: its keywords share one, the year is as it is.</summary>
    /// <param name="item">Item index.</param>
    /// <param name="target"><see cref="Count"/> zeros.</param>
    public void Fill(long item, Span<float> target)
    {
        foreach (int axis in _keywords[item])
        {
            target[axis] = 1f / _keywords[item].Length;
        }

        target[Count - 1] = _years[item];
    }
}

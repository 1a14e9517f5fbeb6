namespace ThinkRec.Data.Keywords;

/// <summary>What the keywords of a dataset are good for.</summary>
/// <param name="Items">Items of the dataset.</param>
/// <param name="WithKeywords">Items with a keyword or more.</param>
/// <param name="WithFive">Items with five or more.</param>
/// <param name="MeanPerItem">Keywords of an item, items without any included.</param>
/// <param name="Distinct">Different keywords.</param>
/// <param name="Shared">Different keywords that two items or more have; the others connect nothing.</param>
/// <param name="MostFrequent">The twenty that most items have, with the number of items.</param>
/// <param name="Examples">Some items with their keywords.</param>
public sealed record KeywordReport(
    int Items, int WithKeywords, int WithFive, double MeanPerItem, int Distinct, int Shared,
    IReadOnlyList<KeyValuePair<string, int>> MostFrequent, IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Examples)
{
    private const int NumFrequent = 20;
    private const int NumExamples = 5;

    /// <summary>Counts.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="changed">The items to take examples from, evenly.</param>
    /// <returns>The report.</returns>
    public static KeywordReport Of(Dataset dataset, IReadOnlyList<int> changed)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(changed);
        var texts = dataset.ItemTexts[1..];
        var items = texts.SelectMany(text => text.Keywords.Distinct(StringComparer.Ordinal)).CountBy(word => word, StringComparer.Ordinal).ToArray();
        var step = Math.Max(1, changed.Count / NumExamples);
        return new KeywordReport(
            texts.Length,
            texts.Count(text => text.Keywords.Count > 0),
            texts.Count(text => text.Keywords.Count >= 5),
            texts.Length == 0 ? 0 : texts.Average(text => text.Keywords.Count),
            items.Length,
            items.Count(entry => entry.Value > 1),
            [.. items.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Take(NumFrequent)],
            [.. changed.Where((_, place) => place % step == step / 2).Take(NumExamples).Select(item => KeyValuePair.Create(dataset.Items[item], dataset.ItemTexts[item].Keywords))]);
    }
}

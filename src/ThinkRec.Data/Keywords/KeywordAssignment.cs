namespace ThinkRec.Data.Keywords;

/// <summary>Gives keywords to the items of a dataset.</summary>
public static class KeywordAssignment
{
    private const string NoteStart = "Keywords: ";

    /// <summary>Whether an item is to get keywords.</summary>
    /// <param name="text">Its texts.</param>
    /// <param name="policy">What becomes of those that it has.</param>
    public static bool Wants(ItemText text, KeywordPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(text);
        return policy != KeywordPolicy.Fill || text.Keywords.Count == 0;
    }

    /// <summary>Makes a dataset with new keywords, and a note on its card that says where they come from.</summary>
    /// <param name="dataset">The dataset, which stays as it is.</param>
    /// <param name="keywords">New ones by item index.</param>
    /// <param name="policy">What becomes of the old ones.</param>
    /// <param name="max">Keywords of an item at most; old ones that stay may be more.</param>
    /// <param name="origin">Where the new ones come from, in words.</param>
    /// <returns>The new dataset, and the items that were changed.</returns>
    public static (Dataset Dataset, IReadOnlyList<int> Changed) Apply(
        Dataset dataset, IReadOnlyList<IReadOnlyList<string>> keywords, KeywordPolicy policy, int max, string origin)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(keywords);
        var texts = dataset.ItemTexts.Select((text, item) => text with { Keywords = Choose(text, keywords[item], policy, max) }).ToArray();
        int[] changed = [.. Enumerable.Range(1, texts.Length - 1).Where(item => !texts[item].Keywords.SequenceEqual(dataset.ItemTexts[item].Keywords))];
        var note = FormattableString.Invariant($"{NoteStart}{origin}; {NameOf(policy)}; {changed.Length} of {texts.Length - 1} items changed.");
        return (new Dataset
        {
            Card = changed.Length == 0 ? dataset.Card : dataset.Card with { Notes = [.. dataset.Card.Notes, note] },
            Users = dataset.Users,
            Items = dataset.Items,
            ItemTexts = texts,
            EarlierRows = dataset.EarlierRows,
            Interactions = dataset.Interactions,
            TrueProbabilities = dataset.TrueProbabilities,
            TrueGroups = dataset.TrueGroups,
        }, changed);
    }

    private static IReadOnlyList<string> Choose(ItemText text, IReadOnlyList<string> words, KeywordPolicy policy, int max)
    {
        if (words.Count == 0 || !Wants(text, policy))
        {
            return text.Keywords;
        }
        if (policy != KeywordPolicy.Merge)
        {
            return [.. Distinct(words).Take(max)];
        }
        return [.. text.Keywords, .. Distinct([.. text.Keywords, .. words]).Except(text.Keywords).Take(Math.Max(0, max - text.Keywords.Count))];
    }

    private static IEnumerable<string> Distinct(IEnumerable<string> words) => words.DistinctBy(KeyOf, StringComparer.Ordinal);

    // Case, number and hyphens make no other keyword.
    private static string KeyOf(string keyword) =>
        string.Join(' ', keyword.ToLowerInvariant().Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries).Select(EnglishEndings.WithoutPlural));

    private static string NameOf(KeywordPolicy policy) => policy switch
    {
        KeywordPolicy.Fill => "for items without any",
        KeywordPolicy.Merge => "behind those that were there",
        _ => "in place of those that were there",
    };
}

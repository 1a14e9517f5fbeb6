using System.Globalization;

namespace ThinkRec.Data.Audit;

/// <summary>Looks for items that go by the same title, or by one that differs in case, accents, articles and punctuation alone.</summary>
internal sealed class TitleAudit(Dataset dataset)
{
    private readonly Places _places = new(dataset);

    public IEnumerable<AuditFinding> Run()
    {
        var groups = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var item = 1; item < dataset.Items.Count; item++)
        {
            var key = TitleKey.Of(dataset.ItemTexts[item].Title);
            if (key.Length > 0)
            {
                (groups.TryGetValue(key, out var group) ? group : groups[key] = []).Add(item);
            }
        }
        var (same, other) = (new Tally(), new Tally());
        foreach (var group in groups.Values.Where(group => group.Count > 1))
        {
            Sort(group, same, other);
        }
        return
        [
            .. Finding(same, "near-duplicate-titles", FindingWeight.Warning,
                "Items go by nearly the title of an earlier item, and no year tells them apart: they may be one item under two ids.",
                "Join the ids of one item when preparing."),
            .. Finding(other, "titles-of-several-years", FindingWeight.Note,
                "Items go by nearly the title of an earlier item of another year; prompts show no year.",
                "Nothing, or put the year into the title."),
        ];
    }

    /// <summary>Tells items that may be one from those that years tell apart; an unknown year may be any.</summary>
    private void Sort(List<int> group, Tally same, Tally other)
    {
        var firstOfYear = new Dictionary<int, int>();
        var firstWithout = 0;
        foreach (var item in group)
        {
            var year = dataset.ItemTexts[item].Year;
            var twin = year is { } known ? firstOfYear.GetValueOrDefault(known, firstWithout) : group[0] == item ? 0 : group[0];
            if (twin > 0)
            {
                same.Add(item, twin);
            }
            else if (item != group[0])
            {
                other.Add(item, group[0]);
            }
            if (year is { } number)
            {
                firstOfYear.TryAdd(number, item);
            }
            else if (firstWithout == 0)
            {
                firstWithout = item;
            }
        }
    }

    private IEnumerable<AuditFinding> Finding(Tally tally, string kind, FindingWeight weight, string what, string advice) =>
        tally.Count == 0 ? [] :
        [
            new(kind, weight, tally.Count, dataset.Items.Count - 1, what, advice,
                tally.Show((item, twin) => _places.OfItem(item, $"'{Named(item)}'; item {TextAudit.Shorten(dataset.Items[twin])} is '{Named(twin)}'"))),
        ];

    private string Named(int item)
    {
        var text = dataset.ItemTexts[item];
        return TextAudit.Shorten(text.Title) + (text.Year is { } year ? string.Create(CultureInfo.InvariantCulture, $" ({year})") : string.Empty);
    }
}

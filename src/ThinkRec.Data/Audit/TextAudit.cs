using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ThinkRec.Data.Audit;

/// <summary>Looks at what items are called and said to be: missing texts, and texts that were not written for readers.</summary>
internal sealed partial class TextAudit(Dataset dataset)
{
    private const int LongTitle = 300;

    private readonly Places _places = new(dataset);

    public IEnumerable<AuditFinding> Run()
    {
        var (untitled, wordless, hidden, orders, longTitles) = (new Tally(), new Tally(), new Tally(), new Tally(), new Tally());
        for (var item = 1; item < dataset.Items.Count; item++)
        {
            var text = dataset.ItemTexts[item];
            var hasWords = IsRead(text.Description) || text.Keywords.Any(IsRead);
            Count(untitled, item, !IsRead(text.Title));
            Count(wordless, item, IsRead(text.Title) && !hasWords);
            Count(hidden, item, Texts(text).Append(dataset.Items[item]).Any(HasHidden));
            Count(orders, item, Texts(text).Any(Orders().IsMatch));
            Count(longTitles, item, text.Title.Length > LongTitle);
        }
        return
        [
            .. Finding(untitled, "items-without-text", FindingWeight.Warning, "Items have no title; prompts and lists call them 'unknown'.",
                "Give them titles, or leave them out when preparing.", item => IsRead(dataset.ItemTexts[item].Description) || dataset.ItemTexts[item].Keywords.Count > 0 ? "no title" : "no text at all"),
            .. Finding(wordless, "items-without-words", FindingWeight.Note, "Items have a title but neither keywords nor a description.",
                "Give them keywords: reasons and sasrec-feedback compare items by them.", item => Shorten(dataset.ItemTexts[item].Title)),
            .. Finding(hidden, "hidden-characters", FindingWeight.Warning, "Items have characters in texts or id that no reader sees, such as changes of direction.",
                "Clean the source; prompts leave such characters out, and the command line shows them as \\uXXXX.", item => Hidden(dataset.ItemTexts[item], dataset.Items[item])),
            .. Finding(orders, "text-for-machines", FindingWeight.Warning, "Items have texts that look like a model's control tokens, places of a prompt, or orders to a model.",
                "Read them. They cannot become control tokens or places, but a model may follow what it reads.", item => Shorten(Texts(dataset.ItemTexts[item]).Select(text => Orders().Match(text)).First(match => match.Success).Value)),
            .. Finding(longTitles, "long-titles", FindingWeight.Note, FormattableString.Invariant($"Items have a title of more than {LongTitle} characters, which prompts cut."),
                "Put the title alone into the title and the rest into the description.", item => FormattableString.Invariant($"{dataset.ItemTexts[item].Title.Length} characters")),
        ];
    }

    internal static string Shorten(string text) => TableFile.Show(text.Length > 60 ? TableFile.Cut(text, 60) + "…" : text);

    private static void Count(Tally tally, int item, bool holds)
    {
        if (holds)
        {
            tally.Add(item);
        }
    }

    private static IEnumerable<string> Texts(ItemText text) => text.Keywords.Prepend(text.Description).Prepend(text.Title);

    private static bool IsRead(string text) => text.AsSpan().ContainsAnyExcept(' ', '\t') && text.EnumerateRunes().Any(rune => !Rune.IsWhiteSpace(rune) && !IsHidden(rune));

    private static bool HasHidden(string text) => Ascii.IsValid(text) ? text.Any(char.IsControl) : FirstHidden(text) is not null;

    private static string Hidden(ItemText text, string id) =>
        string.Join(" ", Texts(text).Append(id).Select(FirstHidden).OfType<string>().Distinct().Take(3));

    private static string? FirstHidden(string text)
    {
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var isWhole = Rune.DecodeFromUtf16(rest, out var rune, out var length) == OperationStatus.Done;
            if (!isWhole || IsHidden(rune))
            {
                return FormattableString.Invariant($"U+{(isWhole ? rune.Value : rest[0]):X4}");
            }
            rest = rest[length..];
        }
        return null;
    }

    // Joiners and the soft hyphen belong to how some languages are written.
    private static bool IsHidden(Rune rune) => rune.Value is not (0x00AD or 0x200C or 0x200D) && (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private IEnumerable<AuditFinding> Finding(Tally tally, string kind, FindingWeight weight, string what, string advice, Func<int, string> detail) =>
        tally.Count == 0 ? [] : [new(kind, weight, tally.Count, dataset.Items.Count - 1, what, advice, tally.Show((item, _) => _places.OfItem(item, detail(item))))];

    [GeneratedRegex(
        @"<\|[^|<>\n]{1,40}\|>|</?s>|\[/?INST\]|<</?SYS>>|\{(?:history|target|user_vector|vector|nouns?)\}|#(?:Question|Answer):|\b(?:ignore|disregard|forget)\s{1,3}(?:all\s{1,3}|any\s{1,3}|the\s{1,3}|your\s{1,3}){0,2}(?:previous|prior|above|earlier)\s{1,3}(?:instructions?|prompts?|messages?)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Orders();
}

using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThinkRec.Data.Keywords;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests.Keywords;

/// <summary>What holds for every catalogue, whoever wrote it.</summary>
public sealed class KeywordExtractorProperties
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(20261121, 11);
    private static readonly string[] Plain = ["whale", "whales", "space", "travel", "space-travel", "New", "York", "of", "the", "story.", "Heat", "3"];

    private static Arbitrary<string[]> Catalogues { get; } = Arb.From(
        Gen.Elements(HostileText.Pieces.Concat(Plain)).ListOf().Select(pieces => string.Join(' ', pieces)).ArrayOf());

    [Fact]
    public void Keywords_are_few_clean_and_shared_and_no_two_of_an_item_have_a_word_in_common() => Holds(texts =>
    {
        const int Max = 4;

        var keywords = KeywordExtractor.Extract(texts, Max);

        Assert.Equal((texts.Length, 0), (keywords.Length, keywords[0].Length));
        Assert.All(keywords, words => Assert.InRange(words.Length, 0, Max));
        Assert.All(keywords.SelectMany(words => words).CountBy(word => word), word => Assert.True(word.Value >= 2, word.Key));
        Assert.All(keywords, words => Assert.Equal(
            words.SelectMany(Words).Count(), words.SelectMany(Words).Distinct().Count()));
        Assert.All(keywords.SelectMany(words => words), word =>
        {
            Assert.InRange(word.Length, 2, 100);
            Assert.All(word.EnumerateRunes(), rune => Assert.True(rune.Value == ' ' || Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is
                System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark, HostileText.Show(word)));
            Assert.Equal(word, word.ToLowerInvariant());
        });
    });

    [Fact]
    public void The_same_catalogue_gives_the_same_keywords_and_a_copy_of_it_survives_saving() => Holds(texts =>
    {
        var keywords = KeywordExtractor.Extract(texts);

        Assert.Equal(keywords, KeywordExtractor.Extract([.. texts.Select(text => text with { })]));
        Assert.All(keywords.SelectMany(words => words), word => Assert.Equal(word, TableFile.Clean(word).Replace(',', ' ')));
    });

    private static IEnumerable<string> Words(string keyword) => keyword.Split(' ').Where(word => word != "of");

    private static void Holds(Action<ItemText[]> property) => Prop.ForAll(
        Catalogues,
        texts => property([ItemText.Empty, .. texts.Select((text, i) => i % 3 == 0 ? new ItemText(text, "", []) : new ItemText("Title", text, i % 3 == 1 ? [text] : []))])).Check(Config);
}

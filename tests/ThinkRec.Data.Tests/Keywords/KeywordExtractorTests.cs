using System.Diagnostics;
using ThinkRec.Data.Keywords;
using ThinkRec.Data.Preparation;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests.Keywords;

public sealed class KeywordExtractorTests
{
    [Fact]
    public void What_several_items_share_becomes_a_keyword_and_what_one_or_nearly_all_have_does_not()
    {
        var keywords = KeywordExtractor.Extract(
        [
            ItemText.Empty,
            .. Enumerable.Range(0, 20).Select(i => new ItemText($"Unique{i}x", (i % 5 == 0 ? "A whale is in the harbour. " : "A tiger runs. ") + "Shop service.", [])),
        ]);

        Assert.All([1, 6, 11, 16], item => Assert.Contains("whale", keywords[item]));
        Assert.All([2, 3, 20], item => Assert.DoesNotContain("whale", keywords[item]));
        Assert.DoesNotContain(keywords.SelectMany(words => words), word => word.StartsWith("unique", StringComparison.Ordinal) || word is "shop" or "service" or "tiger");
    }

    [Fact]
    public void Words_that_belong_together_are_one_keyword_and_no_part_of_it_is_another()
    {
        ItemText[] texts =
        [
            ItemText.Empty,
            .. Fillers(40),
            new("One", "Space travel for beginners. Science-fiction.", []),
            new("Two", "They dream of space travel in this science fiction.", []),
            new("Three", "Space travel, coming of age and science fiction.", []),
            new("Four", "A coming of age.", []),
        ];

        var keywords = KeywordExtractor.Extract(texts);

        Assert.Equal(["science fiction", "space travel"], keywords[42].Where(word => word.Contains(' ')).Order());
        Assert.Contains("coming of age", keywords[43].Concat(KeywordExtractor.Extract([.. texts, new("Five", "Her coming of age.", [])])[44]));
        Assert.All(keywords, words => Assert.DoesNotContain(words, word => word is "space" or "travel" or "science" or "fiction"));
    }

    [Fact]
    public void Case_and_number_make_no_other_word_and_the_usual_spelling_is_shown()
    {
        var keywords = KeywordExtractor.Extract([ItemText.Empty, .. Fillers(20), new("Aliens", "", []), new("ALIEN", "", []), new("alien", "", [])]);

        Assert.All(keywords[21..], words => Assert.Equal(["alien"], words));
    }

    [Fact]
    public void Items_with_less_room_get_fewer_and_still_nothing_is_alone()
    {
        ItemText[] texts = [ItemText.Empty, .. Fillers(40), new("Whale", "A harbour.", []), new("Whale", "A harbour. A meadow.", []), new("A meadow", "", [])];

        var keywords = KeywordExtractor.Extract(texts, [.. Enumerable.Repeat(0, 41), 1, 2, 1]);

        Assert.All(keywords[..41], Assert.Empty);
        Assert.Equal([1, 2, 1], keywords[41..].Select(words => words.Length));
        Assert.Equal(["meadow", "whale"], keywords[42].Order());
    }

    [Fact]
    public void Other_writings_are_read_as_far_as_their_words_can_be_told_apart()
    {
        var keywords = KeywordExtractor.Extract(
        [
            ItemText.Empty, .. Fillers(20),
            new("Подводная лодка", "", []), new("Жёлтая ЛОДКА", "", []),
            new("東京の物語", "ずっと前からあなたのことが好きでした。", []), new("東京", "彼女之前一直在那里等着他回来", []), new("ภาพยนตร์", "ภาพยนตร์", []), new("ภาพยนตร์", "ภาพยนตร์", []),
        ]);

        Assert.Equal([["лодка"], ["лодка"], ["東京"], ["東京"], [], []], keywords[21..]);
    }

    [Fact]
    public void A_text_without_end_is_read_to_a_bound()
    {
        var endless = string.Join(' ', Enumerable.Range(0, 200_000).Select(i => $"word{i % 50_000} x"));
        var watch = Stopwatch.StartNew();

        var keywords = KeywordExtractor.Extract([ItemText.Empty, .. Enumerable.Repeat(new ItemText("Harbour", endless, []), 6), .. Fillers(40), new("A", new string('x', 3_000_000), [])]);

        Assert.All(keywords[1..7], words => Assert.Equal(10, words.Length));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public void No_items_no_texts_and_one_item_give_nothing()
    {
        Assert.Empty(KeywordExtractor.Extract([]));
        Assert.Equal([[], []], KeywordExtractor.Extract([ItemText.Empty, new("Lonely whale", "whale whale", [])]));
        Assert.All(KeywordExtractor.Extract([.. Enumerable.Repeat(ItemText.Empty, 9)]), Assert.Empty);
    }

    [Fact]
    public void The_catalogue_of_movielens_gets_keywords_that_films_share()
    {
        Assert.SkipUnless(Repository.HasData("ml-1m/movie_text.jsonl.gz"), "The texts of MovieLens-1M are not in the public data folder");
        var dataset = RawDatasets.Prepare("ml-1m", new RawDatasetOptions { Raw = Repository.Data("ml-1m"), Texts = Repository.Data("ml-1m/movie_text.jsonl.gz") });
        ItemText[] texts = [.. dataset.ItemTexts.Select(text => text with { Keywords = [] })];

        var keywords = KeywordExtractor.Extract(texts);

        var items = Enumerable.Range(1, texts.Length - 1).ToArray();
        Assert.True(items.Count(item => keywords[item].Length >= 5) >= 0.98 * items.Length);
        Assert.Contains("alien", keywords[Item("Star Trek: The Motion Picture")]);
        Assert.Contains("prom", keywords[Item("Prom Night")]);
        Assert.Contains("luke skywalker", keywords[Item("Star Wars: Episode IV - A New Hope")]);
        Assert.Equal(keywords, KeywordExtractor.Extract(texts));

        int Item(string title) => items.Single(item => texts[item].Title == title);
    }

    private static IEnumerable<ItemText> Fillers(int count) =>
        Enumerable.Range(0, count).Select(i => new ItemText($"Zq{(char)('a' + (i % 26))}{i}", "", []));
}

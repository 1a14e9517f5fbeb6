using ThinkRec.Data;
using ThinkRec.Models.Collaborative;

namespace ThinkRec.Models.Tests.Collaborative;

public sealed class ItemWordsTests
{
    [Fact]
    public void Words_of_one_item_alone_are_left_out()
    {
        ItemWords words = Collect(("Dune Dune", ["desert", "desert"]), ("Stalker", ["zone"]), ("The Zone", ["zone"]));

        Assert.Equal(["#zone"], words.Vocabulary);
        Assert.Equal([[], [], [1], [1]], Numbers(words, 4));
    }

    [Fact]
    public void A_keyword_is_one_word_and_another_than_the_titles()
    {
        ItemWords words = Collect(("War", ["outer space"]), ("Space war", ["Outer Space"]), ("Space", ["war"]), ("", ["war"]));

        Assert.Equal(["#outer space", "#war", "space", "war"], words.Vocabulary);
        Assert.Equal([[], [1, 4], [1, 3, 4], [2, 3], [2]], Numbers(words, 5));
    }

    [Fact]
    public void Case_does_not_matter()
    {
        ItemWords words = Collect(("ALIEN", ["Horror"]), ("Alien", ["HORROR"]));

        Assert.Equal(["#horror", "alien"], words.Vocabulary);
        Assert.Equal([[], [1, 2], [1, 2]], Numbers(words, 3));
    }

    [Fact]
    public void Titles_are_parted_at_everything_that_is_no_letter_or_digit()
    {
        ItemWords words = Collect(("«Amélie»: 2001—the sequel?", []), ("AMÉLIE_2001", []));

        Assert.Equal(["2001", "amélie"], words.Vocabulary);
    }

    [Fact]
    public void Frequent_words_come_first_then_the_order_of_letters_whatever_the_order_of_items()
    {
        (string, string[])[] items = [("b a", []), ("a b c", ["k"]), ("c d", ["k"]), ("c d", [])];
        string[] expected = ["c", "#k", "a", "b", "d"];

        Assert.Equal(expected, Collect(items).Vocabulary);
        Array.Reverse(items);
        Assert.Equal(expected, Collect(items).Vocabulary);
    }

    [Fact]
    public void An_item_has_at_most_sixteen_words_keywords_first()
    {
        string[] keywords = [.. Enumerable.Range(0, 15).Select(i => $"k{i:00}")];

        ItemWords words = Collect(("one two", keywords), ("one two", keywords));

        Assert.Equal(17, words.Vocabulary.Count);
        Assert.Equal(Enumerable.Range(1, 16).Select(i => (long)i), words.Of(1));
    }

    [Fact]
    public void A_word_of_more_than_64_letters_is_left_out()
    {
        string most = new('x', 64), more = new('y', 65);

        ItemWords words = Collect(($"{most} {more}", []), ($"{more} {most}", []));

        Assert.Equal([most], words.Vocabulary);
    }

    [Fact]
    public void There_are_at_most_8192_words_and_the_rarest_go_first()
    {
        string[] keywords = [.. Enumerable.Range(0, 8200).Select(i => $"{i:0000}")];

        ItemWords words = Collect(("", keywords), ("", keywords), ("", ["8199"]));

        Assert.Equal(8192, words.Vocabulary.Count);
        Assert.Equal("#8199", words.Vocabulary[0]);
        Assert.DoesNotContain("#8198", words.Vocabulary);
    }

    [Fact]
    public void Texts_are_looked_up_in_a_given_vocabulary()
    {
        var words = new ItemWords(["storm", "#calm"], [ItemText.Empty, new ItemText("Storm over Asia", "", ["calm", "river"])]);

        Assert.Equal([[], [2, 1]], Numbers(words, 2));
    }

    private static ItemWords Collect(params (string Title, string[] Keywords)[] items) =>
        ItemWords.Collect([ItemText.Empty, .. items.Select(i => new ItemText(i.Title, "not read", i.Keywords))]);

    private static IReadOnlyList<long>[] Numbers(ItemWords words, int items) => [.. Enumerable.Range(0, items).Select(i => words.Of(i))];
}

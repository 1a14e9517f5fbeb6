using ThinkRec.Data;
using ThinkRec.Models.Collaborative;

namespace ThinkRec.Models.Tests.Collaborative;

public sealed class ItemPropertiesTests
{
    [Fact]
    public void Keywords_have_an_axis_each_the_most_frequent_first_and_the_year_has_the_last()
    {
        ItemProperties properties = Of(
            Item(["War"], 1950), Item(["love", "war"], 1980), Item(["war", "love", "only here"], null), Item(["SPACE"], 1965), Item(["space"], null), Item(["space", "space"], 1965));

        // Space and war occur three times each, love twice; the mean year is 1965.
        Assert.Equal(4, properties.Count);
        Assert.Equal([0, 1, 0, -1], Place(properties, 1));
        Assert.Equal([0, 0.5f, 0.5f, 1], Place(properties, 2));
        Assert.Equal([0, 0.5f, 0.5f, 0], Place(properties, 3));
        Assert.Equal([1, 0, 0, 0], Place(properties, 4));
        Assert.Equal([0], properties.KeywordsOf(6));
        Assert.Equal([1, 2], properties.KeywordsOf(3).Order());
        Assert.Equal((-1, 1, 0), (properties.YearOf(1), properties.YearOf(2), properties.YearOf(3)));
    }

    [Fact]
    public void Words_of_titles_have_no_axis()
    {
        ItemProperties properties = Of(new ItemText("Red River", "", []), new ItemText("Red River", "", []));

        Assert.Equal(1, properties.Count);
        Assert.Equal([0], Place(properties, 1));
    }

    [Fact]
    public void Beyond_a_number_of_keywords_the_rarer_have_none()
    {
        // Of forty keywords, the first is had by two items, the next by three, and so on; no item has two.
        int[] keywords = [.. Enumerable.Range(0, 40).SelectMany(k => Enumerable.Repeat(k, k + 2))];
        ItemProperties properties = Of([.. keywords.Select(k => Item([$"k{k}"], null))]);

        Assert.Equal(ItemProperties.MaxKeywords + 1, properties.Count);
        Assert.All(keywords.Select((k, i) => (k, item: i + 1)), p => Assert.Equal(p.k < 40 - ItemProperties.MaxKeywords ? [] : [39 - p.k], properties.KeywordsOf(p.item)));
    }

    [Fact]
    public void Years_far_from_all_others_are_ten_steps_away()
    {
        ItemProperties properties = Of([.. Enumerable.Repeat(Item([], 2000), 98), Item([], 9999), Item([], 1)]);

        // The mean year is 2060.
        Assert.Equal((-4, 10, -10), (properties.YearOf(1), properties.YearOf(99), properties.YearOf(100)));
    }

    [Fact]
    public void The_padding_item_and_one_without_keywords_and_year_are_nowhere()
    {
        ItemProperties properties = Of(Item(["war"], 1950), Item(["war"], 1960), Item([], null));

        Assert.Equal([0, 0], Place(properties, 0));
        Assert.Equal([0, 0], Place(properties, 3));
    }

    private static ItemText Item(string[] keywords, int? year) => new("", "", keywords, year);

    private static ItemProperties Of(params ItemText[] items)
    {
        ItemText[] texts = [ItemText.Empty, .. items];
        return new ItemProperties(ItemWords.Collect(texts), texts);
    }

    private static float[] Place(ItemProperties properties, int item)
    {
        var place = new float[properties.Count];
        properties.Fill(item, place);
        return place;
    }
}

using ThinkRec.Data.Preparation;

namespace ThinkRec.Data.Tests.Preparation;

public sealed class ItemWordsTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("  Gift \t Card\n", "Gift Card")]
    [InlineData("Crime &amp; Punishment", "Crime & Punishment")]
    [InlineData("<b>Bold</b> <i>and</i> <br/>brave", "Bold and brave")]
    [InlineData("&lt;i&gt;Dune&lt;/i&gt;", "Dune")]
    [InlineData("<span class=\"a-size-medium a-color-secondary\"", "")]
    [InlineData("Vogue <!-- hidden --> Paris", "Vogue Paris")]
    [InlineData("I <3 You, a < b > c", "I <3 You, a < b > c")]
    [InlineData("a&#0;b&#7;c\u0000d", "a b c d")]
    [InlineData("&#x110000; &bogus; &", "&#x110000; &bogus; &")]
    [InlineData("&amp;lt;b&amp;gt;", "&lt;b&gt;")]
    public void A_title_is_plain_text(string? raw, string expected) => Assert.Equal(expected, ItemWords.Title(raw));

    [Fact]
    public void Texts_without_end_are_cut_and_never_inside_a_character()
    {
        Assert.Equal(300, ItemWords.Title(new string('x', 1 << 22)).Length);
        Assert.Equal(299, ItemWords.Title(string.Concat(Enumerable.Repeat("x", 299)) + "😀").Length);
        Assert.Equal(4000, ItemWords.Description(string.Concat(Enumerable.Repeat("<a<", 1 << 20))).Length);
    }

    [Theory]
    [InlineData("Adventure|Animation|Children", "Adventure/Animation/Children")]
    [InlineData("a; b ;a;;A", "a/b")]
    [InlineData("one, two words, three", "one/two words/three")]
    [InlineData("['Comics & Graphic Novels']", "Comics & Graphic Novels")]
    [InlineData("['Fiction', \"Children's stories\"]", "Fiction/Children's stories")]
    [InlineData("two words", "two words")]
    [InlineData("", "")]
    [InlineData("[]", "")]
    public void Keywords_are_parted_by_what_parts_them(string field, string expected) => Assert.Equal(expected, string.Join('/', ItemWords.KeywordsOf(field)));

    [Fact]
    public void Recbole_parts_keywords_by_spaces() => Assert.Equal(["Animation", "Comedy"], ItemWords.KeywordsOf("Animation Comedy", isPartedBySpaces: true));

    [Theory]
    [InlineData("1996", 1996)]
    [InlineData("1996.0", 1996)]
    [InlineData("2005-01-01", 2005)]
    [InlineData(" 1996 ", 1996)]
    [InlineData("0000", null)]
    [InlineData("19960", null)]
    [InlineData("May 1996", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_year_is_a_number_or_begins_a_date(string? text, int? expected) => Assert.Equal(expected, ItemWords.Year(text));

    [Theory]
    [InlineData("1995", 1995)]
    [InlineData("964982703", 964982703)]
    [InlineData("964982703.9", 964982703)]
    [InlineData("9.64982703e8", 964982703)]
    [InlineData("964982703000", 964982703)]
    [InlineData("2018-07-07 22:09:11", 1531001351)]
    [InlineData("2018-07-07T22:09:11Z", 1531001351)]
    [InlineData("2018-07-08T00:09:11+02:00", 1531001351)]
    [InlineData("2018-07-07", 1530921600)]
    public void A_time_is_read_as_it_is_written(string text, long expected)
    {
        Assert.True(Moment.TryParse(text, out var seconds));
        Assert.Equal(expected, seconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("1e300")]
    [InlineData("07/08/2018")]
    [InlineData("2018-13-01")]
    [InlineData("1969-12-31")]
    [InlineData("yesterday")]
    public void What_is_no_time_is_refused(string? text) => Assert.False(Moment.TryParse(text, out _));

    [Theory]
    [InlineData("CA", "California")]
    [InlineData("PA", "Pennsylvania")]
    [InlineData("AB", "Alberta")]
    [InlineData("XMS", "XMS")]
    public void A_state_is_no_country(string code, string expected) => Assert.Equal(expected, Regions.NameOf(code));
}

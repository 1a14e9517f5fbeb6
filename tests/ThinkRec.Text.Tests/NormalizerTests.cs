using System.Text;
using ThinkRec.Text.Normalization;

namespace ThinkRec.Text.Tests;

public sealed class NormalizerTests
{
    private static readonly string[] Followers = ["", "\u0301", "\u0323", "\u3099", "\u1161", "\u11A8", "a"];

    [Fact]
    public void Form_c_of_every_character_is_that_of_its_form_d()
    {
        for (var value = 0x20; value <= 0x1FFFF; value++)
        {
            if (value is >= 0xD800 and <= 0xDFFF)
            {
                continue;
            }

            foreach (var follower in Followers)
            {
                var text = new Rune(value) + follower;
                var composed = CanonicalComposition.Normalize(text);

                Assert.True(composed == CanonicalComposition.Normalize(CanonicalComposition.Decompose(text)), $"U+{value:X4} {follower}");
            }
        }
    }

    [Theory]
    [InlineData("Ame\u0301lie", "Am\u00E9lie", "Ame\u0301lie")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C", "\u1112\u1161\u11AB")]
    [InlineData("\u1EBF", "\u1EBF", "e\u0302\u0301")]
    public void Forms_are_those_of_the_standard(string text, string formC, string formD)
    {
        Assert.Equal(formC, TextNormalizer.FormC.Apply(text, TextPlace.Start));
        Assert.Equal(formD, TextNormalizer.FormD.Apply(text, TextPlace.Start));
    }

    [Fact]
    public void Half_a_pair_becomes_the_replacement_character() => Assert.All(
        [TextNormalizer.FormC, TextNormalizer.FormD, TextNormalizer.WithoutAccents],
        step => Assert.Equal("🙂\uFFFDb", step.Apply("🙂\uD83Db", TextPlace.Start)));

    [Fact]
    public void Other_steps_do_what_they_say()
    {
        Assert.Equal("a b", TextNormalizer.SingleSpaces.Apply("  a   b ", TextPlace.Start));
        Assert.Equal("e", TextNormalizer.WithoutMarks.Apply("e\u0301", TextPlace.Start));
        Assert.Equal("Uber", TextNormalizer.WithoutAccents.Apply("Über", TextPlace.Start));
        Assert.Equal("a  中 b c", new BertNormalizer(cleans: true, spacesIdeographs: true).Apply("a\0\n中b\tc\uFFFD", TextPlace.Start));
        Assert.Equal(["_a", "_a", "a", "", "__a"], new[] { ("a", TextPlace.Start), ("a", TextPlace.AfterToken), ("a", TextPlace.Within), ("", TextPlace.Start), ("_a", TextPlace.Start) }
            .Select(entry => new PrefixNormalizer("_", unlessThere: false, onlyAtStart: false).Apply(entry.Item1, entry.Item2)));
        Assert.Equal(["_a", "a", "_a"], new[] { ("a", TextPlace.Start), ("a", TextPlace.AfterToken), ("_a", TextPlace.Start) }
            .Select(entry => new PrefixNormalizer("_", unlessThere: true, onlyAtStart: true).Apply(entry.Item1, entry.Item2)));
    }
}

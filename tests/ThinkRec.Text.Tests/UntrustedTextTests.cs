using System.Globalization;
using System.Text;

namespace ThinkRec.Text.Tests;

public sealed class UntrustedTextTests
{
    [Theory]
    [InlineData("Toy Story (1995)", "Toy Story (1995)")]
    [InlineData("  a\r\n\t b\u2028\u00A0c  ", "a b c")]
    [InlineData("a\0b\u0007c\u001B[31m", "abc[31m")]
    [InlineData("abc\u202Efed\u2066x\u2069", "abcfedx")]
    [InlineData("p\u200Ba\u200Cy\u200D\uFEFFpal\u00AD", "paypal")]
    [InlineData("x\uE000\uFFFF\u0378y", "xy")]
    [InlineData("t\U000E0041\U000E0042\U000E0100g", "tg")]
    [InlineData("\u3164\u115F\uFFA0\u2800h\u034F", "h")]
    [InlineData("Ame\u0301lie", "Amélie")]
    [InlineData("\u1112\u1161\u11AB\u1100\u1173\u11AF", "한글")]
    [InlineData("\u212B \u2126 q\u0307\u0323", "Å Ω q\u0323\u0307")]
    [InlineData("\u0958 \u1E9B\u0323", "\u0915\u093C \u1E9B\u0323")]
    [InlineData("☺\uFE0F", "☺\uFE0F")]
    [InlineData("", "")]
    public void Only_what_a_reader_sees_is_kept(string text, string expected) =>
        Assert.Equal(expected, UntrustedText.Clean(text, 100));

    [Fact]
    public void Lone_surrogates_are_removed() => Assert.Equal("ab", UntrustedText.Clean("\uD83Da\uDE42b\uD83D", 9));

    [Theory]
    [InlineData("abcdef", 3, "abc")]
    [InlineData("ab cd", 3, "ab")]
    [InlineData("a🙂b", 2, "a")]
    [InlineData("a🙂b", 3, "a🙂")]
    [InlineData("xq\u0323\u0307z", 3, "x")]
    [InlineData("🇩🇪🇫🇷", 7, "🇩🇪")]
    [InlineData("abc", 0, "")]
    public void The_cut_is_between_text_elements(string text, int maxCharacters, string expected) =>
        Assert.Equal(expected, UntrustedText.Clean(text, maxCharacters));

    [Fact]
    public void Cleaning_twice_is_cleaning_once_and_nothing_hidden_is_left()
    {
        var random = new Random(20260106);
        for (var i = 0; i < 1000; i++)
        {
            var text = RandomText.Next(random, withLoneSurrogates: true);
            var max = random.Next(60);

            var cleaned = UntrustedText.Clean(text, max);

            Assert.True(cleaned == UntrustedText.Clean(cleaned, max), $"Case {i} of seed 20260106 is not stable.");
            Assert.InRange(cleaned.Length, 0, max);
            Assert.DoesNotContain("  ", cleaned, StringComparison.Ordinal);
            Assert.DoesNotContain(cleaned.EnumerateRunes(), rune => Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator);
        }
    }

    [Fact]
    public void A_thousand_combining_marks_are_ordered_and_cut()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0323\u0301", 500)) + "b";

        Assert.Equal("", UntrustedText.Clean(text, 100));
        var whole = UntrustedText.Clean(text, 2000);
        Assert.Equal("\u1EA1" + new string('\u0323', 499) + new string('\u0301', 500) + "b", whole);
    }
}

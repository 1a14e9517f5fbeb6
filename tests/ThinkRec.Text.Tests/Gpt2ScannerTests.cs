using ThinkRec.Text.Splitting;

namespace ThinkRec.Text.Tests;

public sealed class Gpt2ScannerTests
{
    [Fact]
    public void Pieces_are_those_of_the_published_pattern()
    {
        var random = new Random(20260105);
        const string alphabet = "  \n\t\r\u00A0\u2003\u0085aZ'sdtmrevl0½Ⅷé\u0301中.,#_\uFFFF\u200B'";
        for (var i = 0; i < 3000; i++)
        {
            var text = string.Concat(
                Enumerable.Range(0, random.Next(24)).Select(_ => alphabet[random.Next(alphabet.Length)]));

            var expected = BruteForceBpe.Pattern().Matches(text).Select(match => match.Value);

            Assert.Equal(expected, Pieces(text));
        }
    }

    [Theory]
    [InlineData("𝔘𝔫𝔦 x", new[] { "𝔘𝔫𝔦", " x" })]
    [InlineData("a🙂b", new[] { "a", "🙂", "b" })]
    [InlineData(" 🙂🙂  !", new[] { " 🙂🙂", " ", " !" })]
    [InlineData("a\uD83D", new[] { "a", "\uD83D" })]
    public void Characters_beyond_sixteen_bits_have_their_own_class(string text, string[] expected) =>
        Assert.Equal(expected, Pieces(text));

    private static List<string> Pieces(string text)
    {
        var pieces = new List<string>();
        for (var rest = text; rest.Length > 0; rest = rest[pieces[^1].Length..])
        {
            pieces.Add(rest[..Gpt2Scanner.NextLength(rest)]);
        }

        return pieces;
    }
}

using System.Text.RegularExpressions;
using ThinkRec.Text.Formats;
using ThinkRec.Text.Splitting;

namespace ThinkRec.Text.Tests;

public sealed class SplitterTests
{
    private const string Alphabet = "  \n\t\r\u00A0\u2003\u0085aZ'sSdtmrevlLſ012½Ⅷé\u0301中.,#_\uFFFF\u200B'";
    private const string MistralPattern = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    [Theory]
    [InlineData(Gpt2Scanner.Pattern, typeof(Gpt2Scanner))]
    [InlineData(Cl100kScanner.Llama3Pattern, typeof(Cl100kScanner))]
    [InlineData(Cl100kScanner.QwenPattern, typeof(Cl100kScanner))]
    [InlineData(MistralPattern, typeof(RegexSplitter))]
    [InlineData(@"\p{N}|[^\s]+|\s+(?!\S)|\s+", typeof(RegexSplitter))]
    [InlineData(@"a+|\s+(?!\S)|\s+", typeof(RegexSplitter))]
    [InlineData(@"[0-9]{2}|\s+", typeof(RegexSplitter))]
    public void Pieces_are_the_matches_of_the_pattern_and_what_lies_between(string pattern, Type expected)
    {
        var splitter = JsonSplitters.ForPattern(pattern)!;
        Assert.IsType(expected, splitter);

        // .NET folds the long s to no other letter; tiktoken and Hugging Face fold it to s.
        var regex = new Regex(pattern.Replace("'s|'t|'re", "'[sſ]|'t|'re", StringComparison.Ordinal), RegexOptions.CultureInvariant);
        regex = expected == typeof(Gpt2Scanner) ? new Regex(pattern) : regex;
        var random = new Random(20261125);
        for (var i = 0; i < 2000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(24)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));

            Assert.Equal(Expected(regex, text), Pieces(splitter, text));
        }
    }

    [Theory]
    [InlineData("𝔘𝔫𝔦 12345 x", new[] { "𝔘𝔫𝔦", " ", "123", "45", " x" })]
    [InlineData("a🙂b \uD83D", new[] { "a", "🙂b", " \uD83D" })]
    [InlineData("#𝔘𝔫", new[] { "#𝔘𝔫" })]
    public void Characters_beyond_sixteen_bits_have_their_own_class(string text, string[] expected) =>
        Assert.Equal(expected, Pieces(new Cl100kScanner(maxDigits: 3), text));

    [Fact]
    public void Other_splitters_cut_where_they_say()
    {
        Assert.Equal(["a", "1", "2", "b", "½", "c"], Pieces(new DigitSplitter(oneByOne: true), "a12b½c"));
        Assert.Equal(["a", "12", "b", "½", "c"], Pieces(new DigitSplitter(oneByOne: false), "a12b½c"));
        Assert.Equal(["a", "▁", "▁b", "▁"], Pieces(new MarkSplitter('▁', keepsRuns: false), "a▁▁b▁"));
        Assert.Equal(["a", "▁▁b", "▁"], Pieces(new MarkSplitter('▁', keepsRuns: true), "a▁▁b▁"));
        Assert.Equal(["can", "'", "t", "  ", "x", "。", "🙂y"], Pieces(new BertSplitter(), "can't  x。🙂y"));
        Assert.Equal(["🙂", "a", "🙂"], Pieces(RegexSplitter.TryCreate("a|.")!, "🙂a🙂"));
    }

    [Fact]
    public void A_long_text_of_one_kind_takes_linear_time()
    {
        foreach (var text in new[] { new string(' ', 400_000), new string('\n', 400_000), new string('a', 400_000), new string('#', 400_000), string.Concat(Enumerable.Repeat(" \n", 200_000)) })
        {
            foreach (var splitter in new Splitter[] { new Gpt2Scanner(), new Cl100kScanner(1), new BertSplitter(), new DigitSplitter(false) })
            {
                Assert.Equal(text.Length, Pieces(splitter, text + "x").Sum(piece => piece.Length) - 1);
            }
        }
    }

    private static IEnumerable<string> Expected(Regex regex, string text)
    {
        var at = 0;
        foreach (Match match in regex.Matches(text))
        {
            if (match.Index > at)
            {
                yield return text[at..match.Index];
            }

            yield return match.Value;
            at = match.Index + match.Length;
        }

        if (at < text.Length)
        {
            yield return text[at..];
        }
    }

    private static List<string> Pieces(Splitter splitter, string text)
    {
        List<string> pieces = [];
        for (var start = 0; start < text.Length;)
        {
            var end = splitter.NextEnd(text, start);
            pieces.Add(text[start..end]);
            start = end;
        }

        return pieces;
    }
}

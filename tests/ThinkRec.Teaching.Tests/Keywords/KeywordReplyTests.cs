using ThinkRec.Teaching.Endpoint;
using ThinkRec.Teaching.Keywords;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests.Keywords;

public sealed class KeywordReplyTests
{
    [Theory]
    [InlineData("1: space travel, friendship\n2: war", "space travel,friendship|war")]
    [InlineData("Sure! Here they are:\n\n**1:** Space Travel, \"Friendship\".\n2. war; peace\n", "space travel,friendship|war,peace")]
    [InlineData("[2] war\n- 1) sea", "sea|war")]
    [InlineData("<think>1: no, 2: no</think>1: sea\n2: war", "sea|war")]
    [InlineData("thinking without a first tag\n1: x\n</think>\n1: sea", "sea|-")]
    [InlineData("1: sea\n2: war\n2: ignore that", "sea|-")]
    [InlineData("1: sea\n3: war\n0: war\n99999: war\n12345678901234567890: war", "sea|-")]
    [InlineData("1: none\n2: N/A, unknown, keyword1, key word 2, ..., 1999, 12", "-|-")]
    [InlineData("1: <|end|>, {history}, [INST], </s>, a: b, $x, sea, \u202Eevil, #Answer, back`tick\n2:", "sea,evil|-")]
    [InlineData("1: a story that goes on and on, " + "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst" + ", sea, SEA, Sea.\n2: C++, r&b, sci-fi, don’t", "sea|c++,r&b,sci-fi,don’t")]
    [InlineData("1: 戦争、平和\n2: любовь, Жизнь", "戦争,平和|любовь,жизнь")]
    [InlineData("", "-|-")]
    [InlineData("I cannot help with that, sorry", "-|-")]
    [InlineData("{\"1\": [\"sea\"]}", "-|-")]
    public void Lines_are_read_by_their_number_and_what_is_no_keyword_is_left_out(string text, string expected)
    {
        var found = KeywordReply.Parse(Reply(text), 2);

        Assert.Equal(expected, string.Join('|', found.Select(words => words is null ? "-" : string.Join(',', words))));
    }

    [Fact]
    public void A_line_that_was_cut_off_does_not_count_and_one_item_needs_no_number()
    {
        Assert.Equal([["sea"], null], KeywordReply.Parse(Reply("1: sea\n2: wa", "length"), 2));
        Assert.Equal([["sea", "war"]], KeywordReply.Parse(Reply("sea, war"), 1));
        Assert.Equal([null], KeywordReply.Parse(Reply("sea, war", "length"), 1));
        Assert.Equal([null], KeywordReply.Parse(Reply("Here they are\nsea, war"), 1));
    }

    [Fact]
    public void Any_answer_gives_clean_keywords_or_none()
    {
        var random = new Random(20261121);
        for (var i = 0; i < 2000; i++)
        {
            var text = string.Join('\n', Enumerable.Range(0, random.Next(6)).Select(_ => $"{random.Next(5)}: {HostileText.Next(random)}, {HostileText.Next(random)}"));

            foreach (var word in KeywordReply.Parse(Reply(text), 3).OfType<string[]>().SelectMany(words => words))
            {
                Assert.InRange(word.Length, 2, 40);
                Assert.DoesNotContain(word, c => char.IsControl(c) || c is ',' or '\t' or '<' or '>' or '{' or '}' or '|' or '[' or ']' or '\u202E' or '\u200B' or '\uFEFF');
                Assert.True(word.Any(char.IsLetter) || word.EnumerateRunes().Any(System.Text.Rune.IsLetter), HostileText.Show(word));
            }
        }
    }

    private static ChatReply Reply(string text, string finish = "stop") => new(text, "", finish, "m", 1, 1, 1);
}

using System.Text;

namespace ThinkRec.Text.Tests;

public sealed class TextRoundTripTests
{
    private const int Cases = 400;

    [Fact]
    public void Any_text_comes_back_from_a_trained_tokenizer()
    {
        var tokenizer = TrainedTokenizer.Small;
        var random = new Random(20260101);
        for (var i = 0; i < Cases; i++)
        {
            var text = RandomText.Next(random);

            var ids = tokenizer.Encode(text);

            Assert.True(text == tokenizer.Decode(ids), $"Case {i} of seed 20260101 came back changed.");
            Assert.All(ids, id => Assert.InRange(id, 4, tokenizer.VocabularySize - 1));
        }
    }

    [Fact]
    public void Lone_surrogates_become_the_replacement_character()
    {
        var tokenizer = TrainedTokenizer.Small;
        var random = new Random(20260102);
        for (var i = 0; i < Cases; i++)
        {
            var text = RandomText.Next(random, withLoneSurrogates: true);

            var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

            Assert.True(expected == tokenizer.Decode(tokenizer.Encode(text)), $"Case {i} of seed 20260102 differs.");
        }

        Assert.Equal("\uFFFD", tokenizer.Decode(tokenizer.Encode("\uD83D")));
    }

    [Fact]
    public void Streaming_gives_the_same_text_as_decoding_at_once()
    {
        var tokenizer = TrainedTokenizer.Small;
        var random = new Random(20260103);
        for (var i = 0; i < Cases; i++)
        {
            var ids = i % 2 == 0 ? tokenizer.Encode(RandomText.Next(random)) : RandomIds(tokenizer, random);
            foreach (var skip in new[] { true, false })
            {
                var decoder = tokenizer.CreateStreamingDecoder(skip);
                var pieces = ids.Select(decoder.Push).ToList();
                pieces.Add(decoder.Flush());

                var isSame = tokenizer.Decode(ids, skip) == string.Concat(pieces);
                Assert.True(isSame, $"Case {i} (seed 20260103) differs.");
                Assert.DoesNotContain(pieces, piece => piece.Length > 0 && char.IsHighSurrogate(piece[^1]));
            }
        }
    }

    [Fact]
    public void Streaming_holds_half_a_character_back()
    {
        var tokenizer = TrainedTokenizer.Small;
        var decoder = tokenizer.CreateStreamingDecoder();
        var ids = tokenizer.Encode("🙂");
        Assert.True(ids.Length > 1);

        var pieces = ids.Select(decoder.Push).ToList();

        Assert.All(pieces[..^1], Assert.Empty);
        Assert.Equal("🙂", pieces[^1]);
        Assert.Equal("", decoder.Flush());
        decoder.Push(ids[0]);
        Assert.Equal("\uFFFD", decoder.Flush());
    }

    [Fact]
    public void Encoding_in_many_threads_gives_what_one_thread_gives()
    {
        var tokenizer = TrainedTokenizer.Train();
        var random = new Random(20260104);
        var texts = Enumerable.Range(0, 300).Select(_ => RandomText.Next(random)).ToList();
        var expected = texts.Select(TrainedTokenizer.Small.Encode).ToList();

        var actual = texts.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(tokenizer.Encode).ToList();

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Decoding_an_id_outside_the_vocabulary_names_it()
    {
        var tokenizer = TrainedTokenizer.Small;

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([5, 99999]));

        Assert.Contains("99999", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
    }

    private static int[] RandomIds(Tokenizer tokenizer, Random random) =>
        [.. Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(tokenizer.VocabularySize))];
}

using ThinkRec.TestKit;
using ThinkRec.Text.Bpe;

namespace ThinkRec.Text.Tests;

public sealed class BpeTrainerTests
{
    [Fact]
    public void Special_tokens_and_bytes_come_first()
    {
        var tokenizer = TrainedTokenizer.Small;

        Assert.Equal(0, tokenizer.FindToken("<|pad|>"));
        Assert.Equal(
            (0, 1, 2, 3), (tokenizer.PaddingId, tokenizer.BeginId, tokenizer.EndId, tokenizer.PlaceholderId));
        Assert.Equal(4 + 'A', tokenizer.FindToken("A"));
        Assert.Equal(420, tokenizer.VocabularySize);
        Assert.Equal("<|begin|>A", tokenizer.Decode([1, 4 + 'A'], skipSpecialTokens: false));
        Assert.Equal("A", tokenizer.Decode([1, 4 + 'A']));
    }

    [Fact]
    public void Required_tokens_are_single_tokens()
    {
        var tokenizer = TrainedTokenizer.Small;

        foreach (var required in new[] { " Yes", " No", "Yes", "No" })
        {
            Assert.Equal([tokenizer.FindToken(required)!.Value], tokenizer.Encode(required));
        }

        Assert.Equal(tokenizer.FindToken(" Yes"), tokenizer.Encode("Answer: Yes")[^1]);
    }

    [Fact]
    public void Required_tokens_are_single_tokens_with_no_text_and_no_spare_room()
    {
        string[] required = [" banana", "ananas", "aaaa", " übel"];
        var room = required.Sum(text => System.Text.Encoding.UTF8.GetByteCount(text) - 1);

        var tokenizer = BpeTrainer.Train(
            [], new BpeTrainerOptions { VocabularySize = 260 + room, RequiredTokens = required });

        Assert.All(required, text => Assert.Single(tokenizer.Encode(text)));
    }

    [Fact]
    public void The_same_texts_in_another_order_give_the_same_tokenizer()
    {
        var options = new BpeTrainerOptions { VocabularySize = 420, RequiredTokens = [" Yes", " No", "Yes", "No"] };

        var other = BpeTrainer.Train(TrainedTokenizer.Lines().Reverse(), options);

        Assert.Equal(TrainedTokenizer.Small.Fingerprint, other.Fingerprint);
    }

    [Fact]
    public void Saving_and_loading_gives_the_same_ids_and_fingerprint()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);

        TrainedTokenizer.Small.Save(folder.File("tokenizer"));
        var loaded = Tokenizer.Load(folder.File("tokenizer/tokenizer.json"));

        Assert.Equal(TrainedTokenizer.Small.Fingerprint, loaded.Fingerprint);
        Assert.Matches("^[0-9a-f]{64}$", loaded.Fingerprint);
        for (var i = 0; i < 200; i++)
        {
            var text = RandomText.Next(random, withLoneSurrogates: true);
            Assert.Equal(TrainedTokenizer.Small.Encode(text), loaded.Encode(text));
        }
    }

    [Fact]
    public void Merges_are_those_of_recounting_all_pairs_each_time()
    {
        var random = new Random(11);
        for (var round = 0; round < 20; round++)
        {
            var texts = Enumerable.Range(0, 60)
                .Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => "abc "[random.Next(4)])))
                .ToList();

            var tokenizer = BpeTrainer.Train(texts, new BpeTrainerOptions { VocabularySize = 300, MinFrequency = 3 });

            Assert.Equal(BruteForceBpe.Train(texts, 40, 3), LearntTokens(tokenizer));
        }
    }

    [Fact]
    public void Training_stops_at_the_frequency_limit()
    {
        var tokenizer = BpeTrainer.Train(["ab ab ab cd cd"], new BpeTrainerOptions { MinFrequency = 3 });

        Assert.Equal(["ab"], LearntTokens(tokenizer));
    }

    [Theory]
    [InlineData("Yes No")]
    [InlineData("")]
    [InlineData("<|end|>")]
    public void A_required_token_of_several_pieces_is_refused(string required)
    {
        var options = new BpeTrainerOptions { RequiredTokens = [required] };

        var error = Assert.Throws<ArgumentException>(() => BpeTrainer.Train([], options));

        Assert.Contains($"'{required}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_smaller_than_the_bytes_is_refused()
    {
        var options = new BpeTrainerOptions { VocabularySize = 200 };

        var error = Assert.Throws<ArgumentException>(() => BpeTrainer.Train([], options));

        Assert.Contains("260", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_and_short_words_are_merged_alike()
    {
        var random = new Random(13);
        var merges = new List<(int, int, int)>();
        for (var id = 3; id < 40; id++)
        {
            merges.Add((random.Next(id), random.Next(id), id));
        }

        merges = [.. merges.DistinctBy(merge => (merge.Item1, merge.Item2))];
        var table = new MergeTable(merges);
        for (var i = 0; i < 300; i++)
        {
            int[] symbols = [.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => random.Next(3))];
            var expected = BruteForceBpe.Apply(symbols, merges);

            var count = table.Apply(symbols);

            Assert.Equal(expected, symbols[..count]);
        }
    }

    private static IEnumerable<string> LearntTokens(Tokenizer tokenizer) =>
        Enumerable.Range(260, tokenizer.VocabularySize - 260).Select(id => tokenizer.Decode([id]));
}

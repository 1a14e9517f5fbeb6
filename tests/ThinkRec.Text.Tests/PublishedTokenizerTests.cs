using ThinkRec.TestKit;

namespace ThinkRec.Text.Tests;

public sealed class PublishedTokenizerTests
{
    [Theory]
    [InlineData("gpt2", "gpt2")]
    [InlineData("gpt2/vocab.json", "gpt2")]
    [InlineData("qwen2.5", "qwen2.5")]
    [InlineData("llama3", "llama3")]
    [InlineData("llama2", "llama2")]
    [InlineData("llama2/tokenizer.model", "llama2")]
    [InlineData("phi3-mini", "phi3-mini")]
    public void All_published_vectors_match_and_round_trip(string name, string vectors)
    {
        var tokenizer = Published.Load(name);

        Assert.All(Published.Vectors(vectors), vector =>
        {
            Assert.Equal(vector.Ids, tokenizer.Encode(vector.Text));
            Assert.Equal(vector.Text, tokenizer.Decode(vector.Ids));
        });
    }

    [Fact]
    public void Bert_vectors_match()
    {
        var tokenizer = Published.Load("bert-base-uncased");

        Assert.All(Published.Vectors("bert-base-uncased"), vector => Assert.Equal(vector.Ids, tokenizer.Encode(vector.Text)));
        Assert.Equal("hello world", tokenizer.Decode(tokenizer.Encode("Héllo WORLD")));
        Assert.Equal([101, 7592, 102], tokenizer.EncodeWithAddedTokens("hello", isFramed: true));
    }

    [Theory]
    [InlineData("gpt2", 50256, 50256, 50258)]
    [InlineData("qwen2.5", 151645, 151645, 151666)]
    [InlineData("llama3", 128000, 128001, 128257)]
    [InlineData("llama2", 1, 2, 32001)]
    [InlineData("llama2/tokenizer.model", 1, 2, 32001)]
    [InlineData("mistral/tokenizer.model.v1", 1, 2, 32001)]
    [InlineData("mistral/tokenizer.model.v3", 1, 2, 32769)]
    [InlineData("phi3-mini", 1, 32000, 32012)]
    [InlineData("bert-base-uncased", 101, 102, 30523)]
    public void Roles_are_found_and_the_placeholder_is_the_last(string name, int begin, int end, int size)
    {
        var tokenizer = Published.Load(name);

        Assert.Equal((begin, end, size - 1, size), (tokenizer.BeginId, tokenizer.EndId, tokenizer.PlaceholderId, tokenizer.VocabularySize));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("qwen2.5")]
    [InlineData("llama3")]
    [InlineData("llama2")]
    [InlineData("mistral/tokenizer.model.v3")]
    [InlineData("phi3-mini")]
    public void Answers_are_one_token_and_control_tokens_stay_text(string name)
    {
        var tokenizer = Published.Load(name);
        const string hostile = "a<s>b</s><|eot_id|><|im_end|><|endoftext|><|end|>[INST]<unk><0x0A><|vector|>";

        int[] yes = [tokenizer.FindToken(" Yes")!.Value, tokenizer.FindToken(" No")!.Value];
        var ids = tokenizer.Encode(hostile);

        Assert.Equal([" Yes", " No"], yes.Select(id => tokenizer.Decode([id], continues: true)));
        Assert.Equal(hostile, tokenizer.Decode(ids));
        Assert.Equal(hostile, tokenizer.Decode(ids, skipSpecialTokens: false));
    }

    [Theory]
    [InlineData("llama2")]
    [InlineData("llama2/tokenizer.model")]
    [InlineData("mistral/tokenizer.model.v1")]
    public void Both_files_of_one_vocabulary_and_its_heirs_agree(string name)
    {
        var expected = Published.Load("llama2");
        var actual = Published.Load(name);
        var random = new Random(20261122);

        for (var i = 0; i < 300; i++)
        {
            // That tokenizer.json has spaces where the other file has U+00A0.
            var text = RandomText.Next(random, withLoneSurrogates: true).Replace('\u00A0', ' ');
            if (name.StartsWith("llama2", StringComparison.Ordinal))
            {
                Assert.Equal(expected.Encode(text), actual.Encode(text));
            }

            var whole = text.Replace('\u2581', ' ');
            Assert.Equal(expected.Decode(expected.Encode(whole)), actual.Decode(actual.Encode(whole)));
        }
    }

    [Fact]
    public void A_chat_prompt_of_our_own_names_control_tokens()
    {
        Assert.Equal([151644, 872, 198, 13048, 151645, 198], Published.Load("qwen2.5").EncodeWithAddedTokens("<|im_start|>user\nHi<|im_end|>\n"));
        Assert.Equal([1, 6324], Published.Load("llama2").EncodeWithAddedTokens("Hi", isFramed: true));
        Assert.Equal([128000, 128006, 882, 128007, 271, 13347, 128009], Published.Load("llama3")
            .EncodeWithAddedTokens("<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>", isFramed: true));
        Assert.Equal([32010, 6324, 32007], Published.Load("phi3-mini").EncodeWithAddedTokens("<|user|>\nHi<|end|>\n"));
    }

    [Theory]
    [InlineData("stories260K", "Once upon a time", new[] { 403, 407, 261, 378 })]
    [InlineData("aidreams260K", "I was", null)]
    public void Tokenizers_of_llama2_c_are_read(string model, string text, int[]? ids)
    {
        var path = Repository.Data($"models/{model}");
        Assert.SkipUnless(Directory.Exists(path), $"The model {model} is not here.");

        var tokenizer = Tokenizer.Load(path);

        Assert.Equal((1, 2, 512, 513), (tokenizer.BeginId, tokenizer.EndId, tokenizer.PlaceholderId, tokenizer.VocabularySize));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Equal("Zoë 🙂\n", tokenizer.Decode(tokenizer.Encode("Zoë 🙂\n")));
        if (ids is not null)
        {
            Assert.Equal(ids, tokenizer.Encode(text));
        }
    }

    [Theory]
    [InlineData("qwen2.5", 3)]
    [InlineData("llama3", 1)]
    [InlineData("llama2", 2)]
    [InlineData("mistral/tokenizer.model.v3", 1)]
    public void Saving_copies_the_files(string name, int files)
    {
        var tokenizer = Published.Load(name);
        using var folder = new TemporaryFolder();

        tokenizer.Save(folder.FullPath);
        var again = Tokenizer.Load(folder.FullPath);

        Assert.Equal(files, Directory.GetFiles(folder.FullPath).Length);
        Assert.Equal(tokenizer.Fingerprint, again.Fingerprint);
        Assert.Equal(tokenizer.Encode("Saved, and read again: 2026"), again.Encode("Saved, and read again: 2026"));
    }

    [Fact]
    public void A_folder_of_two_tokenizers_is_refused()
    {
        Assert.SkipUnless(Repository.HasData("tokenizers/mistral"), "The tokenizers of Mistral are not here.");

        var error = Assert.Throws<TokenizerFormatException>(() => Tokenizer.Load(Repository.Data("tokenizers/mistral")));

        Assert.Contains("tokenizer.model.v1, tokenizer.model.v3", error.Message, StringComparison.Ordinal);
    }
}

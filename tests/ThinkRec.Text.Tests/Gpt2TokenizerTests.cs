using ThinkRec.TestKit;

namespace ThinkRec.Text.Tests;

public sealed class Gpt2TokenizerTests
{
    [Fact]
    public void Missing_roles_fall_back_and_the_placeholder_is_appended()
    {
        var tokenizer = Published.Load("gpt2");

        Assert.Equal((50256, 50256, 50256), (tokenizer.BeginId, tokenizer.EndId, tokenizer.PaddingId));
        Assert.Equal((50257, 50258), (tokenizer.PlaceholderId, tokenizer.VocabularySize));
        Assert.Equal(50257, tokenizer.FindToken("<|vector|>"));
        Assert.Equal(50256, tokenizer.FindToken("<|endoftext|>"));
        Assert.Equal(3363, tokenizer.FindToken(" Yes"));
        Assert.Null(tokenizer.FindToken(" Yes please"));
    }

    [Fact]
    public void Saving_and_loading_keeps_everything()
    {
        var tokenizer = Published.Load("gpt2");
        using var folder = new TemporaryFolder();

        tokenizer.Save(folder.FullPath);
        var again = Tokenizer.Load(folder.FullPath);

        Assert.Equal(tokenizer.Fingerprint, again.Fingerprint);
        Assert.Equal(tokenizer.VocabularySize, again.VocabularySize);
        Assert.Equal(tokenizer.PlaceholderId, again.PlaceholderId);
        Assert.All(Published.Vectors("gpt2"), vector => Assert.Equal(vector.Ids, again.Encode(vector.Text)));
        Assert.Equal(2, Directory.GetFiles(folder.FullPath).Length);
    }

    [Fact]
    public void Special_tokens_in_text_stay_text()
    {
        var tokenizer = Published.Load("gpt2");

        var ids = tokenizer.Encode("a<|endoftext|>b<|vector|>");

        Assert.DoesNotContain(tokenizer.EndId, ids);
        Assert.DoesNotContain(tokenizer.PlaceholderId, ids);
        Assert.Equal("a<|endoftext|>b<|vector|>", tokenizer.Decode(ids));
    }
}

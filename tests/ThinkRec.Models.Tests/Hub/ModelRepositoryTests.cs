using ThinkRec.Models.Hub;

namespace ThinkRec.Models.Tests.Hub;

public sealed class ModelRepositoryTests
{
    [Theory]
    [InlineData("HuggingFaceTB/SmolLM2-135M", "main")]
    [InlineData("meta-llama/Llama-3.1-8B-Instruct", "refs/pr/1")]
    [InlineData("a/_b.c", "v1.0+cu")]
    public void Names_of_the_hub_are_taken(string name, string revision)
    {
        var repository = ModelRepository.Parse(name, revision);

        Assert.Equal((name, revision, $"{name} at {revision}"), (repository.Name, repository.Revision, $"{repository}"));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a/b--c")]
    [InlineData("a/b\n")]
    [InlineData("a/b?x=1")]
    [InlineData("a%2Fb/c")]
    [InlineData("https://huggingface.co/a/b")]
    public void Other_names_are_refused(string name) =>
        Assert.Contains("expected OWNER/NAME", Assert.Throws<ArgumentException>(() => ModelRepository.Parse(name)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("/main")]
    [InlineData("main\n")]
    [InlineData("main?x")]
    [InlineData("main#x")]
    public void Other_revisions_are_refused(string revision) =>
        Assert.Contains("expected a branch, a tag or a commit", Assert.Throws<ArgumentException>(() => ModelRepository.Parse("a/b", revision)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("http://hub.example")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("https://hub.example/?x=1")]
    public void A_hub_must_be_safe(string address) => Assert.Throws<ArgumentException>(() => new ModelHub(new Uri(address)));

    [Theory]
    [InlineData("")]
    [InlineData("hf_sec\nret")]
    [InlineData("hf sec")]
    [InlineData("hf_ü")]
    public void A_token_that_is_none_is_refused_and_not_repeated(string token)
    {
        string message = Assert.Throws<ArgumentException>(() => new ModelHub(null, token)).Message;

        Assert.Contains("Copy it once more", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf", message.Replace("https://huggingface.co", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void The_hub_is_that_of_Hugging_Face_unless_another_is_named() => Assert.Equal(new Uri("https://huggingface.co/a/b"), new ModelHub().PageOf("a/b"));
}

using FsCheck;
using FsCheck.Fluent;
using ThinkRec.TestKit;

namespace ThinkRec.Text.Tests;

/// <summary>What holds for every text that others wrote; a counterexample is made as short as can be.</summary>
public sealed class HostileTextProperties
{
    private const int MaxTokens = 24;
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(400).WithReplay(20261121, 7);
    private static readonly Tokenizer Tokenizer = TrainedTokenizer.Small;

    private static Arbitrary<string> Texts { get; } = Arb.From(
        Gen.Elements(HostileText.Pieces.AsEnumerable()).ListOf().Select(string.Concat), Shorter);

    [Fact]
    public void No_text_becomes_a_special_token_a_vector_or_a_second_line() => Holds(text =>
    {
        EncodedPrompt prompt = Around(text);

        Assert.Equal([0, prompt.Length - 2, prompt.Length - 1], Enumerable.Range(0, prompt.Length).Where(i => prompt.TokenIds[i] < 4));
        Assert.Equal([new PromptVector(prompt.Length - 2, VectorKind.Item, 5)], prompt.Vectors);
        Assert.DoesNotContain('\n', Tokenizer.Decode(prompt.TokenIds));
        Assert.InRange(prompt.Length, Around("").Length, Around("").Length + MaxTokens);
    });

    [Fact]
    public void What_surrounds_a_text_is_encoded_as_without_it() => Holds(text =>
    {
        EncodedPrompt prompt = Around(text);
        EncodedPrompt empty = Around("");
        int before = 1 + Tokenizer.Encode("Title:").Length;

        Assert.Equal(empty.TokenIds[..before], prompt.TokenIds[..before]);
        Assert.Equal(empty.TokenIds[before..], prompt.TokenIds[^(empty.Length - before)..]);
    });

    [Fact]
    public void What_enters_a_prompt_is_the_beginning_of_the_cleaned_text() => Holds(text =>
    {
        var builder = new PromptBuilder(Tokenizer);
        builder.AppendUntrusted(text, MaxTokens);

        Assert.StartsWith(Tokenizer.Decode(builder.Build().TokenIds), UntrustedText.Clean(text, int.MaxValue), StringComparison.Ordinal);
    });

    [Fact]
    public void A_text_written_into_a_template_with_doubled_braces_is_a_literal() => Holds(text =>
    {
        var doubled = text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);

        PromptTemplate template = PromptTemplate.Parse($"{doubled}{{target}}", ["target"]);

        Assert.Equal(text, string.Concat(template.Parts.OfType<PromptLiteral>().Select(part => part.Text)));
        Assert.Equal(["target"], template.Placeholders);
    });

    [Fact]
    public void A_template_of_any_text_is_parsed_or_refused_with_its_place() => Holds(text =>
    {
        try
        {
            Assert.All(PromptTemplate.Parse(text, ["history"]).Placeholders, name => Assert.Equal("history", name));
        }
        catch (PromptTemplateException error)
        {
            Assert.InRange(error.Line, 1, text.Count(c => c == '\n') + 1);
            Assert.InRange(error.Column, 1, text.Length);
        }
    });

    private static EncodedPrompt Around(string text)
    {
        var builder = new PromptBuilder(Tokenizer);
        builder.AppendBegin();
        builder.AppendTemplateText("Title:");
        builder.AppendUntrusted(text, MaxTokens);
        builder.AppendTemplateText(" enjoyed:");
        builder.AppendVector(VectorKind.Item, 5);
        builder.AppendToken(Tokenizer.EndId);
        return builder.Build();
    }

    private static void Holds(Action<string> property) => Prop.ForAll(Texts, property).Check(Config);

    private static IEnumerable<string> Shorter(string text)
    {
        for (var length = text.Length / 2; length > 0; length /= 2)
        {
            for (var start = 0; start + length <= text.Length; start += length)
            {
                yield return text.Remove(start, length);
            }
        }
    }
}

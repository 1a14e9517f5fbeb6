using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Models.Tests.Llm;
using ThinkRec.TestKit;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Reasoning;

public sealed class ReasonGeneratorTests : TensorTest
{
    private static readonly GenerationOptions Options = new() { MaxNewTokens = 24, Temperature = 1, Seed = 3 };

    // What is taken here depends on the logits' order only, not on the ids that have them.
    private static readonly GenerationOptions Greedy = new() { MaxNewTokens = 24, NoRepeatNgram = 1 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reason_goes_on_after_the_answer_and_stops_at_the_end_token(bool answer)
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using ReasoningModel model = TinyWorld.Model();
        int[] all = Continue(model, answer);
        int end = Enumerable.Range(6, 12).First(i => Array.IndexOf(all, all[i]) == i);
        SwapHeadRows(model.LanguageModel.Model, all[end], TinyModel.Tokenizer.EndId);

        string reason = new ReasonGenerator(model).Generate(TinyWorld.State(2), 4, answer, Greedy, Token);

        Assert.Equal(TinyModel.Tokenizer.Decode(all.AsSpan(0, end)).TrimStart('.', ' ').Trim(), reason);
        Assert.NotEqual("", reason);
    }

    [Fact]
    public void The_answer_and_the_users_adapters_take_part()
    {
        using ReasoningModel model = TinyWorld.Model();
        var generator = new ReasonGenerator(model);

        string yes = generator.Generate(TinyWorld.State(2), 4, true, Options, Token);

        Assert.Equal(yes, generator.Generate(TinyWorld.State(2), 4, true, Options, Token));
        Assert.NotEqual(yes, generator.Generate(TinyWorld.State(2), 4, false, Options, Token));
        model.Gate = null;
        Assert.NotEqual(yes, generator.Generate(TinyWorld.State(2), 4, true, Options, Token));
    }

    private static int[] Continue(ReasoningModel model, bool answer)
    {
        EncodedPrompt prompt = model.Prompts.Encode(TinyWorld.State(2), 4, withVectors: true);
        int[] ids = [.. prompt.TokenIds, answer ? model.Prompts.YesId : model.Prompts.NoId];
        var batch = new PromptBatch([ids], [prompt.Vectors], [TinyWorld.State(2)], TinyModel.Tokenizer.PaddingId);
        using var blend = model.Blend(model.Decide([TinyWorld.State(2)]));
        return TextGenerator.Generate(model.LanguageModel.Model, model.Embed(batch), blend, Greedy, cancellation: Token);
    }

    /// <summary>Makes one token come where another one came.</summary>
    /// <param name="model">Model with a head of its own.</param>
    /// <param name="a">One token.</param>
    /// <param name="b">The other.</param>
    private static void SwapHeadRows(LlamaModel model, int a, int b)
    {
        using var scope = TensorScope.Begin();
        Tensor head = model.HeadWeight;
        Tensor before = head.Select(0, a).Clone();
        head.Select(0, a).CopyInPlace(head.Select(0, b));
        head.Select(0, b).CopyInPlace(before);
    }
}

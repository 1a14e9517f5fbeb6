using ThinkRec.Models.Llm;
using ThinkRec.Models.Llm.Sampling;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

public sealed class TextGeneratorTests : TensorTest
{
    private static readonly float[] Logits = [MathF.Log(0.05f), MathF.Log(0.5f), MathF.Log(0.15f), MathF.Log(0.3f)];

    [Fact]
    public void Greedy_text_takes_the_likeliest_token_of_the_whole_prompt_each_time() => With((model, prompt, ids) =>
    {
        int[] tokens = TextGenerator.Generate(model, prompt, null, new GenerationOptions { MaxNewTokens = 12 });

        var so_far = ids.ToList();
        foreach (int token in tokens)
        {
            float[] logits = model.Logits(TinyModel.Run(model, [.. so_far])).Select(1, -1).ToFloats();
            Assert.Equal(Array.IndexOf(logits, logits.Max()), token);
            so_far.Add(token);
        }

        Assert.Equal(12, tokens.Length);
        Assert.Equal(tokens, TextGenerator.Generate(model, prompt, null, new GenerationOptions { MaxNewTokens = 12, Seed = 99 }));
    });

    [Fact]
    public void Sampled_text_depends_on_the_seed_only() => With((model, prompt, _) =>
    {
        int[] Sample(int seed) => TextGenerator.Generate(model, prompt, null, new GenerationOptions { MaxNewTokens = 20, Temperature = 1, Seed = seed });

        Assert.Equal(Sample(1), Sample(1));
        Assert.NotEqual(Sample(1), Sample(2));
    });

    [Fact]
    public void Text_ends_before_a_stop_token_at_the_listeners_wish_and_when_cancelled() => With((model, prompt, _) =>
    {
        var options = new GenerationOptions { MaxNewTokens = 20, Temperature = 1, Seed = 4 };
        int[] all = TextGenerator.Generate(model, prompt, null, options);
        int stop = all[5];
        var heard = new List<int>();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.Equal(all[..Array.IndexOf(all, stop)], TextGenerator.Generate(model, prompt, null, options with { StopTokens = [3, stop] }, t => { heard.Add(t); return true; }));
        Assert.Equal(all[..Array.IndexOf(all, stop)], heard);
        Assert.Equal(all[..3], TextGenerator.Generate(model, prompt, null, options, t => t != all[2] || Array.IndexOf(all, t) != 2));
        Assert.Empty(TextGenerator.Generate(model, prompt, null, options with { MaxNewTokens = 0 }));
        Assert.Throws<OperationCanceledException>(() => TextGenerator.Generate(model, prompt, null, options, cancellation: cancelled.Token));
    });

    [Fact]
    public void Text_ends_at_the_models_last_position()
    {
        using var scope = TensorScope.Begin();
        using LanguageModel language = TinyModel.Create(1, TinyModel.Config with { MaxPositionEmbeddings = 10 });
        Tensor prompt = language.Model.Embed(Tensor.From(TinyModel.Ids(new Random(1), 6), 1, 6));

        Assert.Equal(4, TextGenerator.Generate(language.Model, prompt, null, new GenerationOptions(), cancellation: TestContext.Current.CancellationToken).Length);
    }

    [Theory]
    [InlineData(1, 1.0, new[] { 1 })]
    [InlineData(2, 1.0, new[] { 1, 3 })]
    [InlineData(3, 1.0, new[] { 1, 2, 3 })]
    [InlineData(0, 1.0, new[] { 0, 1, 2, 3 })]
    [InlineData(9, 1.0, new[] { 0, 1, 2, 3 })]
    [InlineData(0, 0.0, new[] { 1 })]
    [InlineData(0, 0.45, new[] { 1 })]
    [InlineData(0, 0.7, new[] { 1, 3 })]
    [InlineData(0, 0.9, new[] { 1, 2, 3 })]
    [InlineData(2, 0.6, new[] { 1 })]
    [InlineData(2, 0.7, new[] { 1, 3 })]
    public void Limits_keep_the_likeliest_tokens_and_their_proportions(int topK, double topP, int[] kept)
    {
        double[] probabilities = [0.05, 0.5, 0.15, 0.3];
        var options = new GenerationOptions { Temperature = 1, TopK = topK, TopP = topP };
        var random = new Random(20261);
        const int Draws = 4000;

        var drawn = Enumerable.Range(0, Draws).Select(_ => TokenSampler.Choose(Logits, options, random)).CountBy(t => t).ToDictionary();

        Assert.Equal(kept, drawn.Keys.Order());
        Assert.All(kept, t => Assert.Equal(probabilities[t] / kept.Sum(k => probabilities[k]), drawn[t] / (double)Draws, 0.03));
    }

    [Fact]
    public void Temperature_sharpens_and_flattens()
    {
        double Share(double temperature)
        {
            var random = new Random(3);
            return Enumerable.Range(0, 4000).Count(_ => TokenSampler.Choose(Logits, new GenerationOptions { Temperature = temperature }, random) == 1) / 4000.0;
        }

        Assert.Equal(0.25 / 0.365, Share(0.5), 0.03);
        Assert.Equal(0.25, Share(1000), 0.03);
        Assert.Equal(1, Share(0.01), 0.001);
        Assert.Equal(1, TokenSampler.Choose(Logits, new GenerationOptions { TopK = 3 }, new Random(1)));
    }

    private static void With(Action<LlamaModel, Tensor, long[]> test)
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using LanguageModel language = TinyModel.Create(11);
        long[] ids = TinyModel.Ids(new Random(4), 7);
        test(language.Model, language.Model.Embed(Tensor.From(ids, 1, ids.Length)), ids);
    }
}

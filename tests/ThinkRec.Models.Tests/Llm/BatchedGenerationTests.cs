using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Models.Tests.Reasoning;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>Several prompts at once against each alone.</summary>
public sealed class BatchedGenerationTests : TensorTest
{
    private static readonly int[] Lengths = [5, 17, 1, 9, 17];
    private static readonly int[] Limits = [30, 3, 40, 0, 12];

    [Theory]
    [InlineData(0)]
    [InlineData(0.8)]
    public void Rows_of_any_length_get_what_they_would_get_alone(double temperature)
    {
        using var scope = TensorScope.Begin();
        using LanguageModel language = TinyModel.Create(1);
        LlamaModel model = language.Model;
        TinyWorld.AddExperts(model, 2, firstLayer: 0);
        Tensor[] prompts = [.. Lengths.Select((length, i) => model.Embed(Tensor.From(TinyModel.Ids(new Random(i), length), 1, length)))];
        GateDecision[] decisions = [.. Lengths.Select((_, i) => new GateDecision(GateBranch.Fused, [0.2 * (i + 1) / 1.2, 1 - (0.2 * (i + 1) / 1.2)], 0))];
        GenerationOptions[] options = [.. Limits.Select((limit, i) => new GenerationOptions { MaxNewTokens = limit, Temperature = temperature, Seed = i })];
        using AdapterBlend blend = ExpertFusion.Blend(decisions, FusionRule.Exact, TinyModel.Lora.Scaling, Device.Cpu);

        int[][] alone = [.. prompts.Select((prompt, i) => Alone(i))];
        int stopped = alone[0][4];
        options[0] = options[0] with { StopTokens = [stopped] };
        var heard = prompts.Select(_ => new List<int>()).ToArray();

        IReadOnlyList<GeneratedToken>[] together = TextGenerator.GenerateBatch(model, prompts, blend, options, (row, token) =>
        {
            heard[row].Add(token.Token);
            return row != 4 || heard[row].Count < 7;
        }, TestContext.Current.CancellationToken);

        int[][] expected = [alone[0][..Array.IndexOf(alone[0], stopped)], alone[1], alone[2], [], alone[4][..7]];
        Assert.Equal(expected, together.Select(row => row.Select(token => token.Token).ToArray()));
        Assert.Equal(expected, heard.Select(row => row.ToArray()));

        int[] Alone(int row)
        {
            using AdapterBlend own = ExpertFusion.Blend([decisions[row]], FusionRule.Exact, TinyModel.Lora.Scaling, Device.Cpu);
            return TextGenerator.Generate(model, prompts[row], own, options[row]);
        }
    }

    [Fact]
    public void Texts_of_several_requests_are_those_of_each()
    {
        using LanguageModel language = TinyModel.Create(1);
        CompletionRequest[] requests = [.. new[] { "A user enjoyed Heat", "", "A user did not like Casablanca because it is" }
            .Select((text, i) => new CompletionRequest { Prompt = language.Tokenizer.Encode(text), Options = new GenerationOptions { MaxNewTokens = 8 + i } })];

        Completion[] together = TextCompletion.Complete(language, requests, TestContext.Current.CancellationToken);

        Assert.Equal(requests.Select(request => TextCompletion.Complete(language, request, TestContext.Current.CancellationToken).Text), together.Select(completion => completion.Text));
        Assert.Equal([8, 9, 10], together.Select(completion => completion.NewTokens));
        Assert.Empty(TextCompletion.Complete(language, Array.Empty<CompletionRequest>(), TestContext.Current.CancellationToken));
    }
}

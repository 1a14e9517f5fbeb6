using ThinkRec.Models.Reasoning;
using ThinkRec.Models.Tests.Llm;
using ThinkRec.Nn;
using ThinkRec.Nn.Tests.Support;
using ThinkRec.TestKit;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Reasoning;

public sealed class CandidateScorerTests : TensorTest
{
    private static readonly int[] Items = [1, 2, 3, 4, 5, 6];

    public static TheoryData<bool, bool> Kinds => new() { { true, true }, { true, false }, { false, true }, { false, false } };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_users_of_these_tests_take_every_branch()
    {
        using ReasoningModel model = TinyWorld.Model();

        GateDecision[] decisions = model.Decide([.. Enumerable.Range(1, 4).Select(TinyWorld.State)])!;

        Assert.Equal([GateBranch.Single, GateBranch.Fused, GateBranch.Global, GateBranch.Fused], decisions.Select(d => d.Branch));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Sharing_the_prefix_equals_whole_prompts_and_a_computation_by_hand(bool vectors, bool experts)
    {
        using ReasoningModel model = TinyWorld.Model(vectors, experts);
        var scorer = new CandidateScorer(model);
        for (int user = 1; user <= 4; user++)
        {
            double[] shared = scorer.Score([new ScoreRequest(TinyWorld.State(user), Items)], cancellation: Token)[0];
            double[] whole = [.. scorer.Score([.. Items.Select(i => new ScoreRequest(TinyWorld.State(user), [i]))], cancellation: Token).Select(s => s[0])];
            float[] byHand = [.. Items.Select(i => ByHand(model, TinyWorld.State(user), i))];

            Close.To(byHand, [.. shared.Select(s => (float)s)], Tolerance.SameDecoder, $"user {user}, shared");
            Close.To(byHand, [.. whole.Select(s => (float)s)], Tolerance.SameDecoder, $"user {user}, whole");
            Assert.True(shared.Max() - shared.Min() > 0.01);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_order_of_candidates_and_of_requests_does_not_matter(bool vectors, bool experts)
    {
        using ReasoningModel model = TinyWorld.Model(vectors, experts);
        var scorer = new CandidateScorer(model);
        ScoreRequest[] requests = [.. Enumerable.Range(1, 4).Select(u => new ScoreRequest(TinyWorld.State(u), Items)), .. Items.Select(i => new ScoreRequest(TinyWorld.State((i % 4) + 1), [i]))];
        double[][] expected = scorer.Score(requests, cancellation: Token);
        for (int seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            int[] order = [.. Enumerable.Range(0, requests.Length)];
            random.Shuffle(order);
            int[][] items = [.. order.Select(r => { int[] shuffled = [.. requests[r].Items]; random.Shuffle(shuffled); return shuffled; })];

            double[][] found = scorer.Score([.. order.Select((r, i) => new ScoreRequest(requests[r].State, items[i]))], cancellation: Token);

            for (int i = 0; i < order.Length; i++)
            {
                ScoreRequest request = requests[order[i]];
                float[] wanted = [.. items[i].Select(item => (float)expected[order[i]][Array.IndexOf(request.Items, item)])];
                Close.To(wanted, [.. found[i].Select(s => (float)s)], Tolerance.SameDecoder, $"seed {seed}, request {order[i]}");
            }
        }
    }

    [Fact]
    public void More_candidates_than_one_pass_takes_are_all_scored_and_progress_is_told()
    {
        using ReasoningModel model = TinyWorld.Model();
        var scorer = new CandidateScorer(model);
        int[] many = [.. Enumerable.Range(0, 150).Select(i => (i % 6) + 1)];
        var told = new List<int>();

        double[][] scores = scorer.Score(
            [new(TinyWorld.State(2), many), new(TinyWorld.State(1), []), new(TinyWorld.State(3), [4]), new(TinyWorld.State(1), [5])], told.Add, Token);

        Assert.Equal([150, 0, 1, 1], scores.Select(s => s.Length));
        Close.To([.. many.Select((_, i) => (float)scores[0][i % 6])], [.. scores[0].Select(s => (float)s)], Tolerance.SameDecoder);
        Assert.Equal([1, 3], told);
    }

    [Fact]
    public void A_score_is_the_log_odds_of_yes_or_the_logit_of_yes()
    {
        using var scope = TensorScope.Begin();
        using ReasoningModel difference = TinyWorld.Model();
        Tensor hidden = TinyModel.Run(difference.LanguageModel.Model, TinyModel.Ids(new Random(1), 5));
        Tensor position = Tensor.From([3L], 1);
        float[] logits = difference.LanguageModel.Model.Logits(hidden.Select(1, 3)).Select(0, 0).ToFloats();
        (float yes, float no) = (logits[difference.Prompts.YesId], logits[difference.Prompts.NoId]);
        using var alone = new ReasoningModel(TinyModel.Create(20), TinyWorld.Prompts()) { ScoreRule = ScoreRule.Yes };

        Assert.Equal(yes - no, difference.Scores(hidden, position).ToSingle(), 1e-5);
        Assert.Equal(yes, alone.Scores(hidden, position).ToSingle(), 1e-5);
    }

    [Fact]
    public void Scoring_stops_when_cancelled()
    {
        using ReasoningModel model = TinyWorld.Model();
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(() => new CandidateScorer(model).Score([new(TinyWorld.State(1), Items)], cancellation: source.Token));
    }

    [Fact]
    public void Vectors_take_the_places_of_their_tokens_and_nothing_else_changes()
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using ReasoningModel model = TinyWorld.Model();
        EncodedPrompt[] prompts = [model.Prompts.Encode(TinyWorld.State(1), 3, true), model.Prompts.Encode(TinyWorld.State(4), 6, true)];
        UserState[] states = [TinyWorld.State(1), TinyWorld.State(4)];
        var batch = new PromptBatch([.. prompts.Select(p => p.TokenIds)], [.. prompts.Select(p => p.Vectors)], states, TinyModel.Tokenizer.PaddingId);

        Tensor embedded = model.Embed(batch);

        for (int row = 0; row < 2; row++)
        {
            Close.To(ByHandEmbedding(model, prompts[row], states[row]), embedded.Narrow(0, row, 1).Narrow(1, 0, prompts[row].Length), Tolerance.SameLayer, $"row {row}");
        }

        Assert.Equal([prompts[0].Length - 1L, batch.Length + prompts[1].Length - 1L], batch.LastPositions().ToArray<long>());
    }

    [Fact]
    public void Vectors_of_several_tokens_are_put_in_one_token_after_another_and_a_shared_prefix_changes_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(22);
        var options = new PromptOptions { Template = "{user_vector}A:{history}\nB:{target}{target_vector}", Item = "\n{title}", VectorTokens = 2 };
        using var model = new ReasoningModel(TinyModel.Create(20), TinyWorld.Prompts(options))
        {
            Encoder = new FixedEncoder(),
            Projector = new Projector(new WeightPath(new FreshWeights(generator)), TinyWorld.VectorSize, TinyModel.Config.HiddenSize, ProjectorShape.Linear, tokens: 2),
        };
        using var noGrad = NoGrad.Begin();
        model.Projector.Parameters().Single().Value.NormalInPlace(0, 0.3, generator);
        UserState state = TinyWorld.State(1);
        EncodedPrompt prompt = model.Prompts.Encode(state, 6, true);

        Tensor embedded = model.Embed(new PromptBatch([[.. prompt.TokenIds]], [prompt.Vectors], [state], TinyModel.Tokenizer.PaddingId)); // [1, T, H]
        double[] together = new CandidateScorer(model).Score([new ScoreRequest(state, Items)], cancellation: Token)[0];
        double[] alone = [.. new CandidateScorer(model).Score([.. Items.Select(i => new ScoreRequest(state, [i]))], cancellation: Token).Select(s => s[0])];

        float[] item = FixedEncoder.ItemVector(6);
        float[] expected = model.Projector.Forward(Tensor.From([.. item, .. item], 1, 8)).ToFloats(); // [1, 2 H]
        Assert.Equal(expected, embedded.Narrow(1, prompt.Length - 2, 2).ToFloats(), (x, y) => Math.Abs(x - y) < 1e-5);
        Assert.All(together.Zip(alone), pair => Assert.Equal(pair.Second, pair.First, 1e-4));
        Assert.True(together.Max() - together.Min() > 0.01);
    }

    [Fact]
    public void Another_encoder_can_steer_the_gate_while_the_prompts_keep_theirs()
    {
        using ReasoningModel model = TinyWorld.Model();
        UserState[] states = [.. Enumerable.Range(1, 4).Select(TinyWorld.State)];
        double[][] before = new CandidateScorer(model).Score([.. states.Select(s => new ScoreRequest(s, Items))], cancellation: Token);

        model.GateEncoder = new ConstantEncoder();
        model.Gate = new ExpertGate([[1, 0], [0, 1]]);
        GateDecision[] decisions = model.Decide(states)!;
        double[][] after = new CandidateScorer(model).Score([.. states.Select(s => new ScoreRequest(s, Items))], cancellation: Token);

        Assert.All(decisions, d => Assert.Equal((GateBranch.Single, 0), (d.Branch, d.Strongest)));
        Assert.Equal(before[0], after[0], (x, y) => Math.Abs(x - y) < 1e-5); // user 1 is served by expert 0 either way, with the same vectors
        Assert.All(new[] { 1, 2, 3 }, user => Assert.NotEqual(before[user], after[user]));
    }

    private static float ByHand(ReasoningModel model, UserState state, int item)
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        EncodedPrompt prompt = model.Prompts.Encode(state, item, model.UsesVectors);
        using var blend = model.Blend(model.Decide([state]));
        Tensor hidden = model.LanguageModel.Model.Forward(ByHandEmbedding(model, prompt, state), new() { Blend = blend });
        float[] logits = model.LanguageModel.Model.Logits(hidden).Select(1, -1).ToFloats();
        return logits[model.Prompts.YesId] - logits[model.Prompts.NoId];
    }

    /// <summary>Embeds token by token.</summary>
    /// <param name="model">Model.</param>
    /// <param name="prompt">Prompt.</param>
    /// <param name="state">Its user.</param>
    /// <returns>[1, T, H].</returns>
    private static Tensor ByHandEmbedding(ReasoningModel model, EncodedPrompt prompt, UserState state) => Tensor.Cat(1, [.. prompt.TokenIds.Select((id, position) =>
    {
        PromptVector[] here = [.. prompt.Vectors.Where(v => v.Position == position)];
        if (here.Length == 0)
        {
            return model.LanguageModel.Model.Embed(Tensor.From([(long)id], 1, 1));
        }

        float[] user = FixedEncoder.UserVector(state.User);
        float[] item = FixedEncoder.ItemVector(here[0].Index);
        float[] vector = here[0].Kind == VectorKind.User ? [.. user, .. new float[user.Length]] : [.. item, .. item.Zip(user, (i, u) => i * u)];
        return model.Projector!.Forward(Tensor.From(vector, 1, vector.Length)).Unsqueeze(0);
    })]);
}

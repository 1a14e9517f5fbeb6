using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Models.Tests.Llm;
using ThinkRec.Nn;
using ThinkRec.Nn.Tests.Support;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Reasoning;

/// <summary>Blended rows against a model whose weights really have the dense update added, one row at a time.</summary>
public sealed class ExpertFusionTests : TensorTest
{
    private const int Groups = 3;
    private static readonly double Scaling = TinyModel.Lora.Scaling;

    [Theory]
    [InlineData(FusionRule.Exact)]
    [InlineData(FusionRule.PeftLinear05)]
    [InlineData(FusionRule.PeftLinear09)]
    public void Rows_of_different_branches_in_one_batch_equal_dense_updates(FusionRule rule)
    {
        using var noGrad = NoGrad.Begin();
        using LanguageModel language = TinyModel.Create(1);
        LlamaModel model = language.Model;
        TinyWorld.AddExperts(model, Groups, firstLayer: 1);
        for (int seed = 0; seed < 20; seed++)
        {
            using var scope = TensorScope.Begin();
            var random = new Random(seed);
            GateDecision[] decisions = [Draw(random, GateBranch.Fused), Draw(random, GateBranch.Single), Draw(random, GateBranch.Global), Draw(random, GateBranch.Fused)];
            random.Shuffle(decisions);
            long[] ids = TinyModel.Ids(random, decisions.Length * 6);
            using AdapterBlend blend = ExpertFusion.Blend(decisions, rule, Scaling, Device.Cpu);

            Tensor batch = model.Forward(model.Embed(Tensor.From(ids, decisions.Length, 6)), new DecoderContext { Blend = blend });

            for (int row = 0; row < decisions.Length; row++)
            {
                Tensor dense = WithUpdates(model, p => Update(p.Linear, decisions[row], rule), () => TinyModel.Run(model, ids[(row * 6)..((row + 1) * 6)]));
                Close.To(dense, batch.Narrow(0, row, 1), Tolerance.SameDecoder, $"seed {seed}, row {row}, {decisions[row].Branch}");
            }
        }
    }

    [Theory]
    [InlineData(FusionRule.Exact)]
    [InlineData(FusionRule.PeftLinear05)]
    [InlineData(FusionRule.PeftLinear09)]
    public void On_a_layer_that_all_experts_share_the_rules_differ_by_the_known_factor(FusionRule rule)
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using LanguageModel language = TinyModel.Create(1);
        TinyWorld.AddExperts(language.Model, Groups, firstLayer: 1);
        Projection shared = language.Model.Projections.First(p => p.Layer == 0 && p.Name == "q_proj");
        GateDecision decision = Draw(new Random(5), GateBranch.Fused);
        using AdapterBlend blend = ExpertFusion.Blend([decision], rule, Scaling, Device.Cpu);
        Tensor x = Tensor.From([.. Enumerable.Range(0, 32).Select(i => MathF.Sin(i))], 1, 1, 32);
        Tensor plain = shared.Linear.Forward(x, blend: null);

        Tensor added = shared.Linear.Forward(x, blend) - plain;

        double factor = rule switch { FusionRule.Exact => 1, FusionRule.PeftLinear05 => Groups, _ => Math.Pow(decision.Weights.Sum(Math.Sqrt), 2) };
        Tensor once = shared.Linear.Forward(x, AdapterBlend.Single(ExpertFusion.Global)) - plain;
        Close.To(once.Mul(factor), added, Tolerance.SameLayer * 4, $"{rule}");
    }

    [Theory]
    [InlineData(FusionRule.Exact, GateBranch.Fused, 9)]
    [InlineData(FusionRule.PeftLinear05, GateBranch.Fused, 3)]
    [InlineData(FusionRule.PeftLinear09, GateBranch.Fused, 3)]
    [InlineData(FusionRule.Exact, GateBranch.Single, 3)]
    [InlineData(FusionRule.PeftLinear09, GateBranch.Single, 3)]
    [InlineData(FusionRule.Exact, GateBranch.Global, 3)]
    public void What_serves_a_user_can_be_saved_as_one_plain_adapter(FusionRule rule, GateBranch branch, int rank)
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using var folder = new TemporaryFolder();
        using LanguageModel language = TinyModel.Create(1);
        LlamaModel model = language.Model;
        TinyWorld.AddExperts(model, Groups, firstLayer: 1);
        GateDecision decision = Draw(new Random(7), branch);
        long[] ids = TinyModel.Ids(new Random(8), 6);
        using AdapterBlend blend = ExpertFusion.Blend([decision], rule, Scaling, Device.Cpu);
        Tensor served = TinyModel.Run(model, ids, new DecoderContext { Blend = blend });

        AdapterConfig config = FusedAdapter.Attach(model, decision, rule, TinyModel.Lora, "user");
        AdapterFolder.Save(model, "user", config, folder.FullPath, "base");
        using LanguageModel plain = TinyModel.Create(1);
        AdapterConfig read = AdapterFolder.Load(plain.Model, "one", folder.FullPath);

        Assert.Equal((rank, (double)rank), (read.Lora.Rank, read.Lora.Alpha));
        using AdapterBlend one = AdapterBlend.Single("one");
        Close.To(served, TinyModel.Run(plain.Model, ids, new DecoderContext { Blend = one }), Tolerance.SameDecoder, $"{rule} {branch}");
    }

    [Fact]
    public void A_batch_of_global_rows_needs_no_weights()
    {
        using AdapterBlend blend = ExpertFusion.Blend([Draw(new Random(1), GateBranch.Global), Draw(new Random(2), GateBranch.Global)], FusionRule.PeftLinear05, 2, Device.Cpu);

        Assert.Equal([ExpertFusion.Global], blend.Names);
    }

    private static GateDecision Draw(Random random, GateBranch branch)
    {
        double[] raw = [.. Enumerable.Range(0, Groups).Select(_ => 0.2 + random.NextDouble())];
        return new GateDecision(branch, [.. raw.Select(r => r / raw.Sum())], 0);
    }

    /// <summary>The dense update that a row of a decision shall see: explicit sums of full matrices.</summary>
    /// <param name="linear">A projection with all adapters.</param>
    /// <param name="decision">The row's decision.</param>
    /// <param name="rule">How experts are joined.</param>
    /// <returns>[out, in].</returns>
    private static Tensor Update(LoraLinear linear, GateDecision decision, FusionRule rule)
    {
        Tensor Sum(Func<int, Tensor> term) => Enumerable.Range(0, Groups).Select(term).Aggregate((a, b) => a + b);
        Tensor A(int k) => linear.Adapters[ExpertFusion.Expert(k)].A.Value;
        Tensor B(int k) => linear.Adapters[ExpertFusion.Expert(k)].B.Value;
        double Share(int k) => decision.Weights[k] * Scaling;
        LoraAdapter global = linear.Adapters[ExpertFusion.Global];
        return (decision.Branch, rule) switch
        {
            (GateBranch.Global, _) => global.B.Value.MatMul(global.A.Value).Mul(Scaling),
            (GateBranch.Single, _) => B(decision.Strongest).MatMul(A(decision.Strongest)).Mul(Scaling),
            (_, FusionRule.Exact) => Sum(k => B(k).MatMul(A(k)).Mul(Share(k))),
            (_, FusionRule.PeftLinear05) => Sum(B).MatMul(Sum(k => A(k).Mul(Share(k)))),
            _ => Sum(k => B(k).Mul(Math.Sqrt(Share(k)))).MatMul(Sum(k => A(k).Mul(Math.Sqrt(Share(k))))),
        };
    }

    private static Tensor WithUpdates(LlamaModel model, Func<Projection, Tensor> update, Func<Tensor> run)
    {
        Projection[] adapted = [.. model.Projections.Where(p => p.Linear.Adapters.Count > 0)];
        Tensor[] originals = [.. adapted.Select(p => p.Linear.Base.Weight.Value.Clone())];
        foreach (Projection projection in adapted)
        {
            projection.Linear.Base.Weight.Value.AddInPlace(update(projection));
        }

        Tensor result = run();
        foreach ((Projection projection, Tensor original) in adapted.Zip(originals))
        {
            projection.Linear.Base.Weight.Value.CopyInPlace(original);
        }

        return result;
    }
}

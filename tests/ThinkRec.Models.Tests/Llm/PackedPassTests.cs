using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Nn.Tests.Support;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>A pass over sequences one behind the other, over some positions, from a layer on, or with layers computed again: always the same numbers.</summary>
public sealed class PackedPassTests : TensorTest
{
    private static readonly int[] Lengths = [7, 30, 1, 12];

    [Fact]
    public void Sequences_one_behind_the_other_are_each_as_alone()
    {
        using var scope = TensorScope.Begin();
        using var model = Model(dropout: 0);
        using var blend = AdapterBlend.Single("a");
        long[] ids = TinyModel.Ids(new Random(3), Lengths.Sum());

        Tensor packed = model.Model.Forward(model.Model.Embed(Tensor.From(ids, 1, ids.Length)), new DecoderContext { Blend = blend, Lengths = Lengths });

        int start = 0;
        foreach (int length in Lengths)
        {
            Close.To(TinyModel.Run(model.Model, ids[start..(start + length)], new DecoderContext { Blend = blend }), packed.Narrow(1, start, length), Tolerance.SameDecoder, $"from {start}");
            start += length;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Chosen_positions_are_those_of_the_whole(bool weighted)
    {
        using var scope = TensorScope.Begin();
        using var model = Model(dropout: 0);
        using AdapterBlend blend = weighted ? AdapterBlend.Weighted(["a", "b"], Tensor.From([0.3f, 0.7f, 1, 0, -1, 2], 3, 2)) : AdapterBlend.Single("a");
        Tensor embeddings = model.Model.Embed(Tensor.From(TinyModel.Ids(new Random(4), 33), 3, 11));
        long[] chosen = [2, 10, 11, 21, 32];

        Tensor whole = model.Model.Forward(embeddings, new DecoderContext { Blend = blend });
        Tensor some = model.Model.Forward(embeddings, new DecoderContext { Blend = blend, Outputs = Tensor.From(chosen, chosen.Length) });

        Close.To(whole.Reshape(33, -1).IndexSelect(0, Tensor.From(chosen, chosen.Length)), some, Tolerance.SameDecoder, "chosen");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_pass_goes_on_from_the_lower_layers(int layers)
    {
        using var scope = TensorScope.Begin();
        using var model = Model(dropout: 0);
        using var blend = AdapterBlend.Single("a");
        var context = new DecoderContext { Blend = blend, Lengths = Lengths };
        Tensor embeddings = model.Model.Embed(Tensor.From(TinyModel.Ids(new Random(5), Lengths.Sum()), 1, Lengths.Sum()));

        Tensor lower = model.Model.Lower(embeddings, layers, context);

        Assert.Equal(model.Model.Forward(embeddings, context).ToFloats(), model.Model.Forward(lower, context with { FirstLayer = layers }).ToFloats());
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0.3, 0, true)]
    [InlineData(0.3, 2, false)]
    public void Layers_computed_again_give_the_same_gradients(double dropout, int firstTrained, bool embeddingsToo)
    {
        using var scope = TensorScope.Begin();
        using var model = Model(dropout);
        using var blend = AdapterBlend.Single("a");
        model.Model.SetTraining(true);
        foreach (Parameter parameter in model.Model.Parameters())
        {
            parameter.Trainable = false;
        }

        Parameter[] trained = [.. Adapters.Parameters(model.Model, "a", firstTrained)];
        Array.ForEach(trained, p => p.Trainable = true);
        Tensor ids = Tensor.From(TinyModel.Ids(new Random(6), Lengths.Sum()), 1, Lengths.Sum());
        long[] chosen = [6, 20, 36, 37, 49];
        var context = new DecoderContext { Blend = blend, Lengths = Lengths, Outputs = Tensor.From(chosen, chosen.Length) };
        (float[][] plain, float[] below, float next) = Gradients(embeddings => (model.Model.Forward(embeddings, context), null));
        (float[][] again, float[] belowAgain, float nextAgain) = Gradients(embeddings =>
        {
            var pass = new RecomputedPass(model.Model, embeddings, context);
            return (pass.Hidden, pass);
        });

        Assert.Equal(plain, again);
        Assert.Equal(below, belowAgain);
        Assert.Equal(next, nextAgain);
        Assert.All(plain, gradient => Assert.Contains(gradient, v => v != 0));

        (float[][] Adapters, float[] Embeddings, float Next) Gradients(Func<Tensor, (Tensor Hidden, RecomputedPass? Pass)> run)
        {
            using var inner = TensorScope.Begin();
            Engine.ManualSeed(11);
            Tensor embeddings = model.Model.Embed(ids).Clone();
            embeddings.RequiresGrad = embeddingsToo;
            (Tensor hidden, RecomputedPass? pass) = run(embeddings);
            (hidden * hidden).Sum().Backward();
            pass?.Backward();
            pass?.Dispose();
            float[][] gradients = [.. trained.Select(p => p.Value.Grad()!.ToFloats())];
            Array.ForEach(trained, p => p.Value.SetGrad(null));
            Tensor drawn = Tensor.Empty([1]);
            drawn.NormalInPlace(0, 1);
            return (gradients, embeddings.Grad()?.ToFloats() ?? [], drawn.ToSingle());
        }
    }

    [Fact]
    public void What_cannot_lie_one_behind_the_other_is_refused()
    {
        using var scope = TensorScope.Begin();
        using var model = Model(dropout: 0);
        Tensor embeddings = model.Model.Embed(Tensor.From(TinyModel.Ids(new Random(7), 20), 1, 20));
        using var cache = new KvCache(model.Model.Config.NumHiddenLayers);
        using var weighted = AdapterBlend.Weighted(["a", "b"], Tensor.From([0.3f, 0.7f], 1, 2));

        foreach (DecoderContext context in new[]
        {
            new DecoderContext { Lengths = [10, 9] }, new DecoderContext { Lengths = [10, 10], Cache = cache }, new DecoderContext { Lengths = [10, 10], Blend = weighted },
        })
        {
            Assert.Throws<ArgumentException>(() => model.Model.Forward(embeddings, context));
        }
    }

    private static LanguageModel Model(double dropout)
    {
        LanguageModel model = TinyModel.Create(8);
        using var generator = new Generator(2);
        foreach (string name in new[] { "a", "b" })
        {
            Adapters.Create(model.Model, name, TinyModel.Lora with { Dropout = dropout }, generator);
            TinyModel.Randomize(model.Model, name, name[0]);
        }

        return model;
    }
}

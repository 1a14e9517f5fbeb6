using ThinkRec.Nn.Tests.Support;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>Laws of adapters on seeded layers of many shapes; a failure names the seed.</summary>
public sealed class LoraPropertyTests : TensorTest
{
    private const int Cases = 100;

    [Fact]
    public void Merged_equals_unmerged_and_unmerging_is_exact() => ForSeeds(c =>
    {
        Tensor expected = c.Layer.Forward(c.X, AdapterBlend.Single("a0"));
        byte[] before = c.Layer.Base.Weight.Value.Detach().CopyBytes();

        c.Layer.Merge("a0");
        Tensor merged = c.Layer.Forward(c.X, blend: null);
        Assert.Throws<InvalidOperationException>(() => c.Layer.Forward(c.X, AdapterBlend.Single("a0")));
        Assert.Throws<InvalidOperationException>(() => c.Layer.Merge("a1"));
        c.Layer.Unmerge();

        Close.To(expected.Detach(), merged.Detach(), Tolerance.SameLayer, c.Name);
        Assert.Equal(before, c.Layer.Base.Weight.Value.Detach().CopyBytes());
        Assert.False(c.Layer.IsMerged);
    });

    [Fact]
    public void Weights_of_one_and_zero_equal_the_single_adapter() => ForSeeds(c =>
    {
        int[] chosen = [.. Enumerable.Range(0, c.Rows).Select(_ => c.Random.Next(c.Names.Length))];
        float[] weights = [.. chosen.SelectMany(k => c.Names.Select((_, i) => i == k ? 1f : 0f))];
        using var blend = AdapterBlend.Weighted(c.Names, Tensor.From(weights, c.Rows, c.Names.Length));

        Tensor blended = c.Layer.Forward(c.X, blend);

        for (int row = 0; row < c.Rows; row++)
        {
            Tensor single = c.Layer.Forward(c.X.Narrow(0, row, 1), AdapterBlend.Single(c.Names[chosen[row]]));
            Close.To(single, blended.Narrow(0, row, 1), Tolerance.SameLayer, c.Name);
        }
    });

    [Fact]
    public void A_row_of_a_batch_equals_the_row_alone() => ForSeeds(c =>
    {
        Tensor weights = c.Weights();
        Tensor mixing = c.Draw(c.Rows, c.Names.Length, c.Names.Length);
        using var weighted = AdapterBlend.Weighted(c.Names, weights);
        using var mixed = AdapterBlend.Mixed(c.Names, mixing);
        Tensor both = Tensor.Stack(0, c.Layer.Forward(c.X, weighted), c.Layer.Forward(c.X, mixed));

        for (int row = 0; row < c.Rows; row++)
        {
            using var weightedRow = AdapterBlend.Weighted(c.Names, weights.Narrow(0, row, 1));
            using var mixedRow = AdapterBlend.Mixed(c.Names, mixing.Narrow(0, row, 1));
            Tensor x = c.X.Narrow(0, row, 1);
            Tensor alone = Tensor.Stack(0, c.Layer.Forward(x, weightedRow), c.Layer.Forward(x, mixedRow));
            Close.To(alone, both.Narrow(1, row, 1), Tolerance.SameLayer, c.Name);
        }
    });

    [Fact]
    public void A_diagonal_mix_equals_weights() => ForSeeds(c =>
    {
        Tensor weights = c.Weights();
        Tensor eye = Tensor.From([.. Enumerable.Range(0, c.Names.Length * c.Names.Length).Select(i => i % (c.Names.Length + 1) == 0 ? 1f : 0f)], c.Names.Length, c.Names.Length);
        using var weighted = AdapterBlend.Weighted(c.Names, weights);
        using var mixed = AdapterBlend.Mixed(c.Names, weights.Unsqueeze(2) * eye * c.Scaling);

        Close.To(c.Layer.Forward(c.X, weighted), c.Layer.Forward(c.X, mixed), Tolerance.SameLayer, c.Name);
    });

    [Fact]
    public void Names_that_share_an_adapter_act_as_that_adapter_alone() => ForSeeds(c =>
    {
        c.Layer.ShareAdapter("s1", "a0");
        c.Layer.ShareAdapter("s2", "a0");
        using var blend = AdapterBlend.Weighted(["a0", "s1", "s2"], c.Weights(3));

        Tensor shared = c.Layer.Forward(c.X, blend);

        Assert.Equal(c.Layer.Forward(c.X, AdapterBlend.Single("a0")).ToFloats(), shared.ToFloats());
        int parameters = c.Layer.Parameters().Count();
        c.Layer.RemoveAdapter("a0");
        c.Layer.RemoveAdapter("s1");
        Assert.Equal(parameters, c.Layer.Parameters().Count());
        c.Layer.RemoveAdapter("s2");
        Assert.Equal(parameters - 2, c.Layer.Parameters().Count());
    });

    [Fact]
    public void A_fresh_adapter_changes_nothing_and_mistakes_are_named()
    {
        using var scope = TensorScope.Begin();
        using var c = new Case(1, fresh: true);

        Assert.Equal(c.Layer.Base.Forward(c.X).ToFloats(), c.Layer.Forward(c.X, AdapterBlend.Single("a0")).ToFloats());
        var unknown = Assert.Throws<InvalidOperationException>(() => c.Layer.Forward(c.X, AdapterBlend.Single("b")));
        Assert.Contains("'b'", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("a0", unknown.Message, StringComparison.Ordinal);
        int parameters = c.Layer.Parameters().Count();
        Assert.Throws<ArgumentException>(() => c.AddAdapter("a0", 3));
        Assert.Equal(parameters, c.Layer.Parameters().Count());
        c.AddAdapter("wide", 7);
        using var blend = AdapterBlend.Weighted(["a0", "wide"], c.Weights(2));
        Assert.Throws<InvalidOperationException>(() => c.Layer.Forward(c.X, blend));
    }

    [Fact]
    public void Merging_what_is_not_finite_is_refused_and_changes_nothing()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var c = new Case(1);
        byte[] before = c.Layer.Base.Weight.Value.CopyBytes();
        c.Layer.Adapters["a0"].B.Value.FillInPlace(double.NaN);

        Assert.Throws<InvalidOperationException>(() => c.Layer.Merge("a0"));

        Assert.Equal(before, c.Layer.Base.Weight.Value.CopyBytes());
        Assert.False(c.Layer.IsMerged);
    }

    [Fact]
    public void Dropout_acts_on_the_adapter_only_and_only_while_training()
    {
        using var scope = TensorScope.Begin();
        using var c = new Case(3, dropout: 0.5);
        float[] calm = c.Layer.Forward(c.X, AdapterBlend.Single("a0")).ToFloats();
        c.Layer.SetTraining(true);

        Assert.NotEqual(calm, c.Layer.Forward(c.X, AdapterBlend.Single("a0")).ToFloats());
        Assert.Equal(c.Layer.Base.Forward(c.X).ToFloats(), c.Layer.Forward(c.X, blend: null).ToFloats());
        c.Layer.SetTraining(false);
        Assert.Equal(calm, c.Layer.Forward(c.X, AdapterBlend.Single("a0")).ToFloats());
    }

    private static void ForSeeds(Action<Case> law)
    {
        for (int seed = 0; seed < Cases; seed++)
        {
            using var scope = TensorScope.Begin();
            using var c = new Case(seed);
            law(c);
        }
    }

    /// <summary>A layer of random shape with two to four trained adapters and an input.</summary>
    private sealed class Case : IDisposable
    {
        private readonly Generator _generator;
        private readonly int _rank;

        public Case(int seed, bool fresh = false, double dropout = 0)
        {
            Random = new Random(seed);
            _generator = new Generator(seed);
            _rank = Random.Next(1, 5);
            Name = $"seed {seed}";
            Rows = Random.Next(1, 5);
            int inputs = Random.Next(1, 9);
            Names = [.. Enumerable.Range(0, Random.Next(2, 5)).Select(i => $"a{i}")];
            Layer = new LoraLinear(new Linear(new WeightPath(new FreshWeights(_generator)), inputs, Random.Next(1, 9), Random.Next(2) == 0));
            foreach (string name in Names)
            {
                AddAdapter(name, _rank, dropout);
                using var noGrad = NoGrad.Begin();
                if (!fresh)
                {
                    Layer.Adapters[name].B.Value.NormalInPlace(0, 0.3, _generator);
                }
            }

            X = Random.Next(2) == 0 ? Draw(Rows, inputs) : Draw(Rows, Random.Next(1, 4), inputs);
        }

        public string Name { get; }

        public Random Random { get; }

        public int Rows { get; }

        public string[] Names { get; }

        public LoraLinear Layer { get; }

        public Tensor X { get; }

        public double Scaling => Layer.Adapters["a0"].Scaling;

        public void AddAdapter(string name, int rank, double dropout = 0) => Layer.AddAdapter(
            name, new WeightPath(new FreshWeights(_generator)), new LoraConfig { Rank = rank, Alpha = 3, Dropout = dropout });

        public Tensor Draw(params long[] shape)
        {
            Tensor tensor = Tensor.Empty(shape);
            tensor.NormalInPlace(0, 1, _generator);
            return tensor;
        }

        public Tensor Weights(int count = 0) => Draw(Rows, count == 0 ? Names.Length : count).Softmax(-1);

        public void Dispose()
        {
            Layer.Dispose();
            _generator.Dispose();
        }
    }
}

using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>Laws that hold for any weights; a failure names its seed.</summary>
public class LoraPropertyTests : NnTest
{
    private const int Cases = 100;
    private const int Rows = 3;
    private static readonly string[] Names = ["a", "b", "c"];

    [Fact]
    public void Merged_equals_unmerged_and_the_base_comes_back_bit_for_bit() => ForEachSeed((layer, x, generator, what) =>
    {
        using var blend = AdapterBlend.Single("b");
        float[] before = layer.Base.Weight.Value.ToFloats();
        float[] expected = layer.Forward(x, blend).ToFloats();

        layer.Merge("b");
        Tolerance.Lora.AssertClose(expected, layer.Forward(x, blend).ToFloats(), what);
        Tolerance.Lora.AssertClose(expected, layer.Forward(x, null).ToFloats(), what);
        layer.Unmerge();

        Assert.Equal(before, layer.Base.Weight.Value.ToFloats());
        Assert.Equal(expected, layer.Forward(x, blend).ToFloats());
    });

    [Fact]
    public void A_row_of_a_blended_batch_equals_the_row_alone() => ForEachSeed((layer, x, generator, what) =>
    {
        Tensor weights = Normal(generator, Rows, 3).Softmax(-1);
        using var blend = AdapterBlend.Weighted(Names, weights);
        Tensor all = layer.Forward(x, blend);
        for (int row = 0; row < Rows; row++)
        {
            using var alone = AdapterBlend.Weighted(Names, weights.Narrow(0, row, 1));
            Tolerance.Lora.AssertClose(all.Narrow(0, row, 1), layer.Forward(x.Narrow(0, row, 1), alone), $"{what}, row {row}");
        }
    });

    [Fact]
    public void Weights_of_one_for_one_adapter_equal_the_single_adapter() => ForEachSeed((layer, x, generator, what) =>
    {
        using var single = AdapterBlend.Single("b");
        using var oneHot = AdapterBlend.Weighted(Names, Tensor.From([0f, 1, 0, 0, 1, 0, 0, 1, 0], Rows, 3));

        Tolerance.Lora.AssertClose(layer.Forward(x, single), layer.Forward(x, oneHot), what);
    });

    [Fact]
    public void Mixing_with_a_diagonal_equals_weighting() => ForEachSeed((layer, x, generator, what) =>
    {
        Tensor weights = Normal(generator, Rows, 3);
        Tensor eye = Tensor.From([1f, 0, 0, 0, 1, 0, 0, 0, 1], 1, 3, 3);
        using var weighted = AdapterBlend.Weighted(Names, weights);
        using var mixed = AdapterBlend.Mixed(Names, weights.Mul(2).Unsqueeze(2).Mul(eye));

        Tolerance.Lora.AssertClose(layer.Forward(x, weighted), layer.Forward(x, mixed), what);
    });

    [Fact]
    public void The_rule_of_peft_05_equals_all_pairs_of_factors() => ForEachSeed((layer, x, generator, what) =>
    {
        Tensor weights = Normal(generator, Rows, 3).Softmax(-1);
        using var blend = AdapterBlend.Mixed(Names, weights.Mul(2).Unsqueeze(1).Expand(Rows, 3, 3));
        Tensor actual = layer.Forward(x, blend);
        float[] w = weights.ToFloats();
        for (int row = 0; row < Rows; row++)
        {
            Tensor delta = Tensor.Zeros([5, 7]);
            foreach ((int j, int k) in Enumerable.Range(0, 9).Select(i => (i / 3, i % 3)))
            {
                delta = delta + (layer.Adapters[Names[j]].B.Value.MatMul(layer.Adapters[Names[k]].A.Value) * (2 * w[(row * 3) + k]));
            }

            Tensor expected = x.Select(0, row).Linear(layer.Base.Weight.Value + delta);
            Tolerance.Lora.AssertClose(expected, actual.Select(0, row), $"{what}, row {row}");
        }
    });

    [Fact]
    public void Shared_adapters_sum_their_weights_and_are_multiplied_when_mixed() => ForEachSeed((layer, x, generator, what) =>
    {
        string[] names = ["a", "twin", "b"];
        layer.ShareAdapter("twin", "a");
        Tensor weights = Normal(generator, Rows, 3);
        Tensor mixing = Normal(generator, Rows, 3, 3);
        using var weighted = AdapterBlend.Weighted(names, weights);
        using var mixed = AdapterBlend.Mixed(names, mixing);
        Tensor byWeight = layer.Forward(x, weighted);
        Tensor byMixing = layer.Forward(x, mixed);

        layer.RemoveAdapter("twin");
        layer.AddAdapter("twin", new WeightPath(new Copied(layer.Adapters["a"])), new LoraConfig { Rank = 2, Alpha = 4 });

        Tolerance.Lora.AssertClose(layer.Forward(x, weighted), byWeight, what);
        Tolerance.Lora.AssertClose(layer.Forward(x, mixed), byMixing, what);
    });

    [Fact]
    public void One_shared_adapter_collapses_when_weighted_but_not_by_the_rule_of_peft() => ForEachSeed((layer, x, generator, what) =>
    {
        string[] names = ["a", "same", "again"];
        layer.ShareAdapter("same", "a");
        layer.ShareAdapter("again", "same");
        Tensor weights = Normal(generator, Rows, 3).Softmax(-1);
        using var single = AdapterBlend.Single("a");
        using var weighted = AdapterBlend.Weighted(names, weights);
        using var mixed = AdapterBlend.Mixed(names, weights.Mul(2).Unsqueeze(1).Expand(Rows, 3, 3));
        Tensor branch = layer.Forward(x, single) - layer.Forward(x, null);

        Tolerance.Lora.AssertClose(layer.Forward(x, single), layer.Forward(x, weighted), what);
        Tolerance.Lora.AssertClose(layer.Forward(x, null) + branch.Mul(3), layer.Forward(x, mixed), what);
    });

    [Fact]
    public void Repeated_rows_blend_as_the_rows_they_repeat() => ForEachSeed((layer, x, generator, what) =>
    {
        using var blend = AdapterBlend.Weighted(Names, Normal(generator, Rows, 3));
        Tensor rows = Tensor.From([2L, 0, 0, 1], 4);
        using AdapterBlend repeated = blend.SelectRows(rows);

        Tolerance.Lora.AssertClose(layer.Forward(x, blend).IndexSelect(0, rows), layer.Forward(x.IndexSelect(0, rows), repeated), what);
    });

    [Fact]
    public void An_adapter_that_the_layer_lacks_adds_nothing() => ForEachSeed((layer, x, generator, what) =>
    {
        Tensor weights = Normal(generator, Rows, 2);
        using var withUnknown = AdapterBlend.Weighted(["b", "elsewhere"], weights);
        using var without = AdapterBlend.Weighted(["b"], weights.Narrow(1, 0, 1));
        using var unknown = AdapterBlend.Single("elsewhere");

        Tolerance.Lora.AssertClose(layer.Forward(x, without), layer.Forward(x, withUnknown), what);
        Assert.Equal(layer.Forward(x, null).ToFloats(), layer.Forward(x, unknown).ToFloats());
    });

    [Fact]
    public void Adapters_of_different_ranks_and_scales_blend_exactly() => ForEachSeed((layer, x, generator, what) =>
    {
        layer.AddAdapter("wide", new WeightPath(new Random(generator)), new LoraConfig { Rank = 4, Alpha = 12 });
        Tensor weights = Normal(generator, Rows, 2);
        using var blend = AdapterBlend.Weighted(["a", "wide"], weights);
        using var a = AdapterBlend.Single("a");
        using var wide = AdapterBlend.Single("wide");
        Tensor plain = layer.Forward(x, null);
        Tensor w = weights.Unsqueeze(1);

        Tensor expected = plain + ((layer.Forward(x, a) - plain) * w.Narrow(2, 0, 1)) + ((layer.Forward(x, wide) - plain) * w.Narrow(2, 1, 1));

        Tolerance.Lora.AssertClose(expected, layer.Forward(x, blend), what);
    });

    private static void ForEachSeed(Action<LoraLinear, Tensor, Generator, string> law)
    {
        for (int seed = 0; seed < Cases; seed++)
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(seed);
            var path = new WeightPath(new Random(generator));
            using var layer = new LoraLinear(new Linear(path, 7, 5, bias: false));
            foreach (string name in Names)
            {
                layer.AddAdapter(name, path / name, new LoraConfig { Rank = 2, Alpha = 4 });
            }

            law(layer, Normal(generator, Rows, 4, 7), generator, $"seed {seed}");
        }
    }

    /// <summary>Weights that are random whatever the initialiser, so that no factor is zero.</summary>
    private sealed class Random(Generator generator) : WeightSource
    {
        public override Tensor Get(string key, long[] shape, Init init)
        {
            using var scope = TensorScope.Begin();
            return Normal(generator, shape).Mul(0.5).Own();
        }
    }

    private sealed class Copied(LoraAdapter adapter) : WeightSource
    {
        public override Tensor Get(string key, long[] shape, Init init)
        {
            using var scope = TensorScope.Begin();
            return (key.Contains("lora_A", StringComparison.Ordinal) ? adapter.A : adapter.B).Value.Detach().Clone().Own();
        }
    }
}

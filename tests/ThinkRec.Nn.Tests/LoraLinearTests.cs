using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public class LoraLinearTests : NnTest
{
    private static readonly LoraConfig Config = new() { Rank = 2, Alpha = 4, Dropout = 0.5 };

    [Fact]
    public void A_fresh_adapter_changes_nothing_and_is_trainable()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using LoraLinear layer = Make(generator);
        using var blend = AdapterBlend.Single("a");
        Tensor x = Normal(generator, 2, 6);

        Assert.Equal(layer.Forward(x, null).ToFloats(), layer.Forward(x, blend).ToFloats());
        Assert.Equal(["a.lora_A.weight", "a.lora_B.weight"], layer.Adapters["a"].Parameters().Where(p => p.Trainable).Select(p => p.Key));
        Assert.Equal(2, layer.Adapters["a"].Scaling);
    }

    [Fact]
    public void Dropout_acts_on_the_branch_only_and_only_while_training()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using LoraLinear layer = Make(generator);
        using (NoGrad.Begin())
        {
            layer.Adapters["a"].B.Value.FillInPlace(1);
        }

        using var blend = AdapterBlend.Single("a");
        Tensor x = Normal(generator, 2, 6);
        Engine.ManualSeed(2);
        float[] quiet = layer.Forward(x, blend).ToFloats();

        using var weighted = AdapterBlend.Weighted(["a"], Tensor.Full([2, 1], 1));

        layer.SetTraining(true);
        Assert.NotEqual(layer.Forward(x, weighted).ToFloats(), layer.Forward(x, weighted).ToFloats());
        Assert.NotEqual(quiet, layer.Forward(x, blend).ToFloats());
        Assert.Equal(layer.Base.Forward(x).ToFloats(), layer.Forward(x, null).ToFloats());
        layer.SetTraining(false);
        Assert.Equal(quiet, layer.Forward(x, blend).ToFloats());
    }

    [Fact]
    public void A_shared_adapter_is_one_object_until_its_last_name_goes()
    {
        using var generator = new Generator(3);
        using LoraLinear layer = Make(generator);
        layer.ShareAdapter("twin", "a");

        Assert.Same(layer.Adapters["a"], layer.Adapters["twin"]);
        Assert.Equal(4, layer.Parameters().Count());
        layer.RemoveAdapter("a");
        Assert.Equal(4, layer.Parameters().Count());
        layer.RemoveAdapter("twin");
        Assert.Equal(2, layer.Parameters().Count());
    }

    [Fact]
    public void Merging_refuses_what_is_not_finite_and_leaves_the_base_alone()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using LoraLinear layer = Make(generator);
        float[] before = layer.Base.Weight.Value.ToFloats();
        using (NoGrad.Begin())
        {
            layer.Adapters["a"].B.Value.FillInPlace(double.PositiveInfinity);
        }

        var error = Assert.Throws<InvalidOperationException>(() => layer.Merge("a"));

        Assert.Contains("base.weight plus adapter 'a'", error.Message, StringComparison.Ordinal);
        Assert.False(layer.IsMerged);
        Assert.Equal(before, layer.Base.Weight.Value.ToFloats());
    }

    [Fact]
    public void Half_precision_base_weights_come_back_exactly_after_a_merge()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        using var layer = new LoraLinear(new Linear(new WeightPath(new FreshWeights(generator, DType.BFloat16)), 6, 4, bias: false));
        layer.AddAdapter("a", new WeightPath(new FreshWeights(generator)), Config);
        using (NoGrad.Begin())
        {
            layer.Adapters["a"].B.Value.NormalInPlace(0, 1, generator);
        }

        short[] before = layer.Base.Weight.Value.ToArray<short>();
        using var blend = AdapterBlend.Single("a");
        Tensor x = Normal(generator, 2, 6).To(DType.BFloat16);
        Assert.Equal(DType.BFloat16, layer.Forward(x, blend).DType);

        layer.Merge("a");
        Assert.NotEqual(before, layer.Base.Weight.Value.ToArray<short>());
        layer.Unmerge();
        Assert.Equal(before, layer.Base.Weight.Value.ToArray<short>());
    }

    [Fact]
    public void A_merged_layer_refuses_other_adapters_and_a_second_merge()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(6);
        using LoraLinear layer = Make(generator);
        layer.AddAdapter("b", new WeightPath(new FreshWeights(generator), "b"), Config);
        using var blend = AdapterBlend.Single("b");
        layer.Merge("a");

        Assert.Throws<InvalidOperationException>(() => layer.Merge("b"));
        Assert.Throws<InvalidOperationException>(() => layer.RemoveAdapter("a"));
        Assert.Throws<InvalidOperationException>(() => Discard(layer, blend));
    }

    [Fact]
    public void Mistakes_name_the_layer_and_what_it_has()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(7);
        using LoraLinear layer = Make(generator);
        using var blend = AdapterBlend.Weighted(["a"], Tensor.Zeros([3, 1]));

        Assert.Contains("base.weight has no adapter 'x' (have: a)", Assert.Throws<ArgumentException>(() => layer.Merge("x")).Message, StringComparison.Ordinal);
        Assert.Contains("already", Assert.Throws<ArgumentException>(() => layer.ShareAdapter("a", "a")).Message, StringComparison.Ordinal);
        Assert.Contains("3 rows", Assert.Throws<ArgumentException>(() => Discard(layer, blend)).Message, StringComparison.Ordinal);
        Assert.Contains("[rows, adapters]", Assert.Throws<ArgumentException>(() => AdapterBlend.Weighted(["a", "b"], Tensor.Zeros([3, 1]))).Message, StringComparison.Ordinal);
        Assert.Contains("rank 0", Assert.Throws<ArgumentException>(
            () => layer.AddAdapter("z", new WeightPath(new FreshWeights(generator)), Config with { Rank = 0 })).Message, StringComparison.Ordinal);
    }

    private static void Discard(LoraLinear layer, AdapterBlend blend)
    {
        using var scope = TensorScope.Begin();
        using Tensor output = layer.Forward(Tensor.Zeros([2, 6]), blend);
    }

    private static LoraLinear Make(Generator generator)
    {
        var path = new WeightPath(new FreshWeights(generator));
        var layer = new LoraLinear(new Linear(path / "base", 6, 4, bias: true));
        layer.AddAdapter("a", path / "a", Config);
        return layer;
    }
}

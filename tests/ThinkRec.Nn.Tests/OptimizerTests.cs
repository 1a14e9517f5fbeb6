using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public class OptimizerTests : NnTest
{
    [Fact]
    public void Parameters_without_a_gradient_stay_and_count_no_step()
    {
        using var scope = TensorScope.Begin();
        using var a = new Parameter("a", Tensor.Full([2], 1));
        using var b = new Parameter("b", Tensor.Full([2], 1));
        using var optimizer = new AdamW([a, b], new AdamOptions { WeightDecay = 0.1 });
        a.Value.Sum().Backward();

        optimizer.Step(0.5);

        Assert.NotEqual([1f, 1f], a.Value.ToFloats());
        Assert.Equal([1f, 1f], b.Value.ToFloats());
        Assert.Equal(["1", "0"], optimizer.State().Where(s => s.Key.EndsWith("step", StringComparison.Ordinal)).Select(s => $"{s.Value.ToDouble()}"));
    }

    [Fact]
    public void Parameters_that_join_later_get_their_own_bias_correction()
    {
        using var scope = TensorScope.Begin();
        using var a = new Parameter("a", Tensor.Full([1], 1));
        using var late = new Parameter("late", Tensor.Full([1], 1));
        using var optimizer = new Adam([a, late], new AdamOptions());
        a.Value.Sum().Backward();
        optimizer.Step(0.1);
        optimizer.ZeroGrad();

        (a.Value.Sum() + late.Value.Mul(3).Sum()).Backward();
        optimizer.Step(0.1);

        Assert.Equal(0.9f, late.Value.ToSingle(), 1e-6f);
        Assert.Equal(0.8f, a.Value.ToSingle(), 1e-6f);
    }

    [Fact]
    public void Forgetting_gradients_leaves_none()
    {
        using var scope = TensorScope.Begin();
        using var a = new Parameter("a", Tensor.Full([1], 1));
        using var optimizer = new Adam([a], new AdamOptions());
        a.Value.Sum().Backward();

        optimizer.ZeroGrad();

        Assert.Null(a.Value.Grad());
    }

    [Fact]
    public void The_state_of_another_model_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using var a = new Parameter("a", Tensor.Full([2], 1));
        using var other = new Parameter("a", Tensor.Full([3], 1));
        using var optimizer = new Adam([a], new AdamOptions());
        using var otherOptimizer = new Adam([other], new AdamOptions());
        SafetensorsWriter.Write(folder.File("s"), optimizer.State());
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("s"));

        Assert.Contains("'a.exp_avg' [3] is [2]", Assert.Throws<CheckpointException>(() => otherOptimizer.LoadState(file, "")).Message, StringComparison.Ordinal);
        Assert.Contains("'x.a.exp_avg'", Assert.Throws<CheckpointException>(() => optimizer.LoadState(file, "x.")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mistakes_in_the_settings_are_all_named()
    {
        using var scope = TensorScope.Begin();
        using var a = new Parameter("a", Tensor.Full([2], 1));
        using var twin = new Parameter("a", Tensor.Full([2], 1));
        using var ambiguous = new Adam([a, twin], new AdamOptions());

        var error = Assert.Throws<ArgumentException>(() => new AdamW([a], new AdamOptions { Beta1 = 1, WeightDecay = -1 }));

        Assert.Contains("2 problems: beta1 1 must lie in [0, 1); weight decay -1", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Adam([a, a], new AdamOptions()));
        Assert.Throws<InvalidOperationException>(() => ambiguous.State().Count());
    }

    [Fact]
    public void Clipping_scales_all_gradients_by_one_factor_and_spares_small_ones()
    {
        using var scope = TensorScope.Begin();
        using var a = new Parameter("a", Tensor.Full([1], 1));
        using var b = new Parameter("b", Tensor.Full([1], 1));
        (a.Value.Mul(3).Sum() + b.Value.Mul(4).Sum()).Backward();

        Assert.Equal(5, GradientClipping.ClipNorm([a, b], 10), 1e-5);
        Assert.Equal(3f, a.Value.Grad()!.ToSingle());
        Assert.Equal(5, GradientClipping.ClipNorm([a, b], 1), 1e-5);
        Assert.Equal(0.6f, a.Value.Grad()!.ToSingle(), 1e-5f);
        Assert.Equal(0.8f, b.Value.Grad()!.ToSingle(), 1e-5f);
        Assert.Equal(0, GradientClipping.ClipNorm([], 1));
    }

    [Theory]
    [InlineData(3f)]
    [InlineData(float.PositiveInfinity)]
    public void An_infinite_bound_only_measures(float gradient)
    {
        using var scope = TensorScope.Begin();
        using var a = new Parameter("a", Tensor.Full([1], 1));
        a.Value.Mul(gradient).Sum().Backward();

        Assert.Equal(gradient, GradientClipping.ClipNorm([a], double.PositiveInfinity));
        Assert.Equal(gradient, a.Value.Grad()!.ToSingle());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void A_bound_that_leaves_no_gradient_is_refused(double maxNorm)
    {
        using var scope = TensorScope.Begin();
        using var a = new Parameter("a", Tensor.Full([1], 1));
        a.Value.Mul(3).Sum().Backward();

        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ClipNorm([a], maxNorm));
        Assert.Equal(3f, a.Value.Grad()!.ToSingle());
    }
}

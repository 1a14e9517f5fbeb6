using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class AutogradTests : TensorTest
{
    [Fact]
    public void Gradients_add_up_until_they_are_forgotten()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Leaf(1, 2);

        (x * x).Sum().Backward();
        (x * x).Sum().Backward();
        Assert.Equal([4f, 8], x.Grad()!.ToArray<float>());

        x.SetGrad(null);
        Assert.Null(x.Grad());
        x.SetGrad(Tensor.From([10f, 10], 2));
        (x * x).Sum().Backward();
        Assert.Equal([12f, 14], x.Grad()!.ToArray<float>());
    }

    [Fact]
    public void Gradients_match_finite_differences()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Leaf(0.3f, -0.7f, 1.1f, 0.2f), w = Tensor.From([0.5f, -1, 2, 0.25f], 2, 2);
        Loss(x, w).Backward();
        float[] exact = x.Grad()!.ToArray<float>(), at = x.ToArray<float>();

        for (int i = 0; i < at.Length; i++)
        {
            const double Step = 1e-6;
            Assert.Equal((Shifted(i, Step) - Shifted(i, -Step)) / (2 * Step), exact[i], 1e-5);
        }

        double Shifted(int i, double by)
        {
            double[] moved = [.. at.Select(v => (double)v)];
            moved[i] += by;
            return Loss(Tensor.From<double>(moved, DType.Float64, 4), w.To(DType.Float64)).ToDouble();
        }
    }

    [Fact]
    public void Freed_intermediates_do_not_disturb_backward()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Leaf(2);

        Cube(x).Backward();

        Assert.Equal(12f, x.Grad()!.ToSingle());

        static Tensor Cube(Tensor x)
        {
            using var inner = TensorScope.Begin();
            return inner.Return((x * x * x).Sum());
        }
    }

    [Fact]
    public void Backward_of_several_numbers_or_of_a_constant_is_refused()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Leaf(1, 2);

        Assert.Contains("backward of Float32[2] cpu", Assert.Throws<TorchException>(() => (x * x).Backward()).Message, StringComparison.Ordinal);
        Assert.Throws<TorchException>(() => x.Detach().Sum().Backward());
        Assert.Throws<TorchException>(() => x.AddInPlace(x));
        Assert.Throws<TorchException>(() => Tensor.From([1L], 1).RequiresGrad = true);
    }

    [Fact]
    public void NoGrad_records_nothing_and_restores_what_was_before()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Leaf(1, 2);

        using (NoGrad.Begin())
        {
            using (NoGrad.Begin())
            {
                Assert.False((x * x).RequiresGrad);
            }

            Assert.False((x * x).RequiresGrad);
            x.AddInPlace(Tensor.Full([2], 1));
        }

        Assert.True((x * x).RequiresGrad);
        Assert.Equal([2f, 3], x.ToArray<float>());
    }

    [Fact]
    public void Modes_nest_and_end_with_exceptions_too()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Leaf(1, 2);
        Tensor inside = null!;

        Assert.Throws<TorchException>(() =>
        {
            using var inference = InferenceMode.Begin();
            using var inner = InferenceMode.Begin();
            using var noGrad = NoGrad.Begin();
            inside = x * x;
            x.MatMul(Tensor.Zeros([3]));
        });

        Assert.False(inside.RequiresGrad);
        Assert.True((x * x).RequiresGrad);
        using (NoGrad.Begin())
        {
            using (InferenceMode.Begin())
            {
                Assert.False((x * x).RequiresGrad);
            }

            Assert.False((x * x).RequiresGrad);
        }

        Assert.True((x * x).RequiresGrad);
    }

    [Fact]
    public void Tensors_of_inference_mode_cannot_enter_training()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Leaf(1, 2);
        Tensor constant;
        using (InferenceMode.Begin())
        {
            constant = Tensor.Full([2], 3);
        }

        Assert.Contains("nference", Assert.Throws<TorchException>(() => x.Mul(constant)).Message, StringComparison.Ordinal);
        Assert.Equal([3f, 6], x.Mul(constant.Clone()).ToArray<float>());
    }

    private static Tensor Leaf(params float[] values)
    {
        Tensor x = Tensor.From(values, values.Length);
        x.RequiresGrad = true;
        return x;
    }

    private static Tensor Loss(Tensor x, Tensor w) => x.Reshape(2, 2).MatMul(w).Tanh().Silu().LogSoftmax(-1).Mul(2.0).Exp().Sum();
}

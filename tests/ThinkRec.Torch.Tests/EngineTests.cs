namespace ThinkRec.Torch.Tests;

public class EngineTests
{
    [Fact]
    public void Gradients_of_a_product_are_the_other_factor()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2f, 3f], 3);
        Tensor y = Tensor.From([4f, 5f, 6f], 3);
        x.RequiresGrad = true;

        (x * y).Sum().Backward();

        Assert.Equal([4f, 5f, 6f], x.Grad()!.ToArray<float>());
        Assert.Null(y.Grad());
    }

    [Fact]
    public void Errors_name_operator_arguments_shapes_and_types()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2, 3]);
        Tensor y = Tensor.Zeros([2, 3], DType.Float64);

        var error = Assert.Throws<TorchException>(() => x.MatMul(y));

        Assert.Contains("aten::matmul(self Float32[2, 3] cpu, other Float64[2, 3] cpu)", error.Message, StringComparison.Ordinal);
    }
}

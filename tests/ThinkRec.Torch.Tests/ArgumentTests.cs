using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class ArgumentTests : TensorTest
{
    private static readonly Op NormalInPlace = new("aten::normal_");

    [Fact]
    public void An_integer_is_an_index()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);

        Tensor row = new Op("aten::select", "int").Call(x, 0, 1);

        Assert.Equal([4f, 5, 6], row.ToArray<float>());
    }

    [Fact]
    public void Numbers_fit_scalars_and_integers_fit_doubles()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2], 2);

        Assert.Equal([3.5f, 4.5f], new Op("aten::add", "Scalar").Call(x, 2.5).ToArray<float>());
        Assert.Equal([3f, 4], new Op("aten::add", "Scalar").Call(x, 2L).ToArray<float>());
        Assert.Equal([2f, 3], new Op("aten::add", "Scalar").Call(x, true).ToArray<float>());
        Assert.Equal([0f, 0], new Op("aten::dropout").Call(x, 1L, true).ToArray<float>());
    }

    [Fact]
    public void An_integer_scalar_keeps_integer_arithmetic()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1L, 2], 2);

        Assert.Equal(DType.Int64, new Op("aten::mul", "Scalar").Call(x, 3L).DType);
        Assert.Equal(DType.Float32, new Op("aten::mul", "Scalar").Call(x, 3.0).DType);
    }

    [Fact]
    public void A_truth_value_keeps_the_dimension()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2, 3]);

        Assert.Equal([2, 1], new Op("aten::sum", "dim_IntList").Call(x, new long[] { 1 }, true).Shape);
        Assert.Equal([2], new Op("aten::sum", "dim_IntList").Call(x, new long[] { 1 }, false).Shape);
    }

    [Fact]
    public void A_single_integer_stands_for_a_list_of_one()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2, 3]);

        Assert.Equal([3], new Op("aten::sum", "dim_IntList").Call(x, 0).Shape);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(5000)]
    public void Lists_of_any_length_arrive_whole(int length)
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([length]);
        long[] sizes = [.. Enumerable.Repeat(1L, length)];

        Tensor[] pieces = new Op("aten::split_with_sizes").CallAll(x, sizes, 0);

        Assert.Equal(length, pieces.Length);
        Assert.All(pieces, p => Assert.Equal(1, p.NumElements));
    }

    [Fact]
    public void A_list_of_doubles_scales()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2], 1, 1, 2);

        Tensor y = new Op("aten::upsample_nearest1d", "vec").Call(x, Arg.None, new double[] { 2.0 });

        Assert.Equal([1f, 1, 2, 2], y.ToArray<float>());
    }

    [Fact]
    public void Lists_of_scalars_take_integers_and_doubles()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f], 1), y = Tensor.From([2f], 1);
        var add = new Op("aten::_foreach_add", "ScalarList");

        Assert.Equal([11f, 22f], add.CallAll(new[] { x, y }, new long[] { 10, 20 }).Select(t => t.ToSingle()));
        Assert.Equal([1.5f, 2.25f], add.CallAll(new[] { x, y }, new double[] { 0.5, 0.25 }).Select(t => t.ToSingle()));
    }

    [Fact]
    public void Lists_of_truth_values_choose_results()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2, 3, 4], 2, 2), weight = Tensor.Full([2], 1), bias = Tensor.Zeros([2]);
        Tensor[] forward = new Op("aten::native_layer_norm").CallAll(x, new long[] { 2 }, weight, bias, 1e-5);

        Tensor[] backward = new Op("aten::native_layer_norm_backward")
            .CallAll(x, x, new long[] { 2 }, forward[1], forward[2], weight, bias, new long[] { 0, 0, 1 });

        Assert.Equal([4f, 6], Assert.Single(backward).ToArray<float>());
    }

    [Fact]
    public void A_list_of_tensors_is_joined()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f], 1), y = Tensor.From([2f, 3], 2);

        Assert.Equal([1f, 2, 3], new Op("aten::cat").Call(new[] { x, y, }, 0).ToArray<float>());
    }

    [Fact]
    public void Null_in_a_list_of_optional_tensors_means_the_whole_dimension()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);
        Tensor columns = Tensor.From([2L, 0], 2);

        Tensor picked = new Op("aten::index", "Tensor").Call(x, new Tensor?[] { null, columns });

        Assert.Equal([2, 2], picked.Shape);
        Assert.Equal([3f, 1, 6, 4], picked.ToArray<float>());
    }

    [Fact]
    public void Optional_tensors_may_be_null_or_left_out()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2], 1, 2), weight = Tensor.From([1f, 1], 1, 2), bias = Tensor.From([10f], 1);
        var linear = new Op("aten::linear");

        Assert.Equal(3f, linear.Call(x, weight).ToSingle());
        Assert.Equal(3f, linear.Call(x, weight, (Tensor?)null).ToSingle());
        Assert.Equal(3f, linear.Call(x, weight, Arg.Default).ToSingle());
        Assert.Equal(13f, linear.Call(x, weight, bias).ToSingle());
    }

    [Fact]
    public void Texts_choose_modes()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([7f, -7], 2), index = Tensor.From([0L, 0], 2), two = Tensor.Full([], 2);

        Assert.Equal([3f, -4], new Op("aten::div", "Tensor_mode").Call(x, two, "floor").ToArray<float>());
        Assert.Equal([3f, -3], new Op("aten::div", "Tensor_mode").Call(x, two, "trunc").ToArray<float>());
        Assert.Equal([3.5f, -3.5f], new Op("aten::div", "Tensor_mode").Call(x, two, (string?)null).ToArray<float>());
        Tensor largest = new Op("aten::scatter_reduce", "two").Call(Tensor.Zeros([1]), 0, index, x, "amax", true);
        Assert.Equal(7f, largest.ToSingle());
    }

    [Fact]
    public void Types_and_devices_place_new_tensors()
    {
        using var scope = TensorScope.Begin();

        Tensor x = new Op("aten::zeros").Call(new long[] { 2 }, DType.Int16, Arg.None, Device.Cpu);

        Assert.Equal((DType.Int16, Device.Cpu), (x.DType, x.Device));
    }

    [Fact]
    public void Own_generators_decide_the_numbers()
    {
        using var scope = TensorScope.Begin();
        using var first = new Generator(7);
        using var second = new Generator(7);
        Tensor x = Tensor.Zeros([8]), y = Tensor.Zeros([8]), z = Tensor.Zeros([8]);

        NormalInPlace.Run(x, 0.0, 1.0, first);
        NormalInPlace.Run(y, 0.0, 1.0, second);
        NormalInPlace.Run(z, 0.0, 1.0, second);

        Assert.Equal(x.ToArray<float>(), y.ToArray<float>());
        Assert.NotEqual(y.ToArray<float>(), z.ToArray<float>());
    }

    [Fact]
    public void Defaults_are_the_schemas_own()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2], 2), y = Tensor.From([10f, 20], 2);
        var add = new Op("aten::add", "Tensor");

        Assert.Equal(add.Call(x, y).ToArray<float>(), add.Call(x, y, Arg.Default).ToArray<float>());
        Assert.Equal([-9f, -18], add.Call(x, y, -1L).ToArray<float>());
    }
}

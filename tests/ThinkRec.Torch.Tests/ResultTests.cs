using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class ResultTests : TensorTest
{
    [Fact]
    public void Pairs_come_back_in_order()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([3f, 9, 5], 3);

        (Tensor values, Tensor indices) = new Op("aten::topk").CallPair(x, 2);

        Assert.Equal([9f, 5], values.ToArray<float>());
        Assert.Equal([1L, 2], indices.ToArray<long>());
    }

    [Fact]
    public void Lists_come_back_whole()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2, 3], 3);

        Tensor[] elements = new Op("aten::unbind", "int").CallAll(x, 0);

        Assert.Equal([1f, 2, 3], elements.Select(e => e.ToSingle()));
    }

    [Fact]
    public void Numbers_and_truth_values_come_back()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Full([2, 3], 2.5), one = Tensor.Full([], 2.5), whole = Tensor.From([1L << 60], 1);

        Assert.Equal(3, new Op("aten::size", "int").CallInteger(x, 1));
        Assert.Equal(1L << 60, new Op("aten::item").CallInteger(whole));
        Assert.Equal(2.5, new Op("aten::item").CallDouble(one));
        Assert.Equal(1, new Op("aten::equal").CallInteger(x, x));
        Assert.Equal(0, new Op("aten::equal").CallDouble(x, one));
    }

    [Fact]
    public void Results_of_another_kind_are_refused_and_freed()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([4, 2]);
        long before = TensorCensus.Live;

        string list = Assert.Throws<TorchException>(() => new Op("aten::unbind", "int").Call(x, 0)).Message;
        Assert.Throws<TorchException>(() => new Op("aten::unbind", "int").CallPair(x, 0));
        Assert.Throws<TorchException>(() => new Op("aten::topk").Call(x, 1));
        Assert.Throws<TorchException>(() => new Op("aten::equal").Call(x, x));
        Assert.Throws<TorchException>(() => new Op("aten::neg").CallInteger(x));
        Assert.Throws<TorchException>(() => new Op("aten::neg").CallDouble(x));
        Assert.Throws<TorchException>(() => new Op("aten::item").CallInteger(Tensor.Full([], 0.5)));

        Assert.Contains("aten::unbind.int: one tensor was expected as the result, but the schema is", list, StringComparison.Ordinal);
        Assert.Equal(before + 1, TensorCensus.Live);
    }

    [Fact]
    public void Run_drops_whatever_comes_back()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Full([4], 1);
        long before = TensorCensus.Live;

        new Op("aten::add_", "Scalar").Run(x, 1);
        new Op("aten::unbind", "int").Run(x, 0);
        new Op("aten::topk").Run(x, 1);
        new Op("aten::equal").Run(x, x);

        Assert.Equal(before, TensorCensus.Live);
        Assert.Equal(8, x.Sum().ToSingle());
    }

    [Fact]
    public void Shapes_follow_operators_that_change_them_in_place()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2, 3]);
        Assert.Equal([2, 3], x.Shape);

        new Op("aten::t_").Run(x);
        Assert.Equal([3, 2], x.Shape);
        new Op("aten::resize_").Run(x, new long[] { 4, 5, 6 });

        Assert.Equal([4, 5, 6], x.Shape);
        Assert.Equal((3, 120L, 6L, 4L), (x.Rank, x.NumElements, x.Size(-1), x.Size(0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Size(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Size(-4));
    }

    [Fact]
    public void More_dimensions_than_supported_are_said_so()
    {
        using var scope = TensorScope.Begin();

        Tensor deep = Tensor.Zeros([.. Enumerable.Repeat(1L, 20)]);

        Assert.Throws<NotSupportedException>(() => deep.Rank);
    }
}

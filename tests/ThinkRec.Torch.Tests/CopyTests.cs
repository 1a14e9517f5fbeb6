using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class CopyTests : TensorTest
{
    [Fact]
    public void Every_type_comes_out_as_it_went_in()
    {
        Same<byte>(DType.UInt8, 0, 1, 255);
        Same<sbyte>(DType.Int8, -128, 0, 127);
        Same<short>(DType.Int16, short.MinValue, 1, short.MaxValue);
        Same(DType.Int32, int.MinValue, 1, int.MaxValue);
        Same(DType.Int64, long.MinValue, 1, long.MaxValue);
        Same(DType.Float16, (Half)1.5, Half.MaxValue, Half.NaN);
        Same(DType.Float32, float.MinValue, float.NaN, -0f, float.PositiveInfinity);
        Same(DType.Float64, double.MinValue, double.NaN, 1e-300);
        Same(DType.Bool, true, false, true);
        Same<ushort>(DType.BFloat16, 0x3f80, 0xbf80, 0x7f80);
    }

    [Fact]
    public void Numbers_of_every_type_read_as_floats()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 0, 3], 3);

        foreach (DType dtype in Enum.GetValues<DType>())
        {
            Tensor converted = x.To(dtype);

            Assert.Equal(dtype == DType.Bool ? [1f, 0, 1] : [1f, 0, 3], converted.ToFloats());
            Assert.Equal(1, converted.Narrow(0, 0, 1).ToDouble());
        }
    }

    [Fact]
    public void Views_come_out_in_row_major_order()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);

        Assert.Equal([1f, 4, 2, 5, 3, 6], x.Transpose(0, 1).ToArray<float>());
        Assert.Equal([2f, 3, 5, 6], x.Narrow(1, 1, 2).ToArray<float>());
        Assert.Equal([7f, 7, 7], Tensor.Full([1], 7).Expand(3).ToArray<float>());
    }

    [Fact]
    public void Empty_tensors_and_single_numbers_have_their_shapes()
    {
        using var scope = TensorScope.Begin();

        Assert.Empty(Tensor.From<float>([], DType.Float32, 0, 3).ToArray<float>());
        Tensor number = Tensor.From([4f]);
        Assert.Equal((0, 1L, 4f), (number.Rank, number.NumElements, number.ToSingle()));
    }

    [Fact]
    public void Copies_are_independent_of_their_source()
    {
        using var scope = TensorScope.Begin();
        float[] source = [1, 2];
        Tensor x = Tensor.From(source, 2);

        source[0] = 9;
        x.ToArray<float>()[1] = 9;

        Assert.Equal([1f, 2], x.ToArray<float>());
    }

    [Fact]
    public void Wrong_sizes_and_types_are_refused()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2]);

        string size = Assert.Throws<TorchException>(() => Tensor.From([1f, 2, 3], 2)).Message;
        Assert.Equal("make Float32[2] from 3 values: the shape needs 8 bytes but 12 were given", size);
        Assert.Throws<TorchException>(() => Tensor.From([1f], -1));
        Assert.Throws<InvalidOperationException>(() => x.ToArray<double>());
        Assert.Throws<InvalidOperationException>(() => x.ToDouble());
    }

    private static void Same<T>(DType dtype, params T[] values) where T : unmanaged
    {
        using var scope = TensorScope.Begin();

        Tensor x = Tensor.From<T>(values, dtype, values.Length);

        Assert.Equal(dtype, x.DType);
        Assert.Equal(values, x.ToArray<T>());
        Assert.Equal(values, x.Clone().ToArray<T>());
    }
}

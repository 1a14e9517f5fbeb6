using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class RefusalTests : TensorTest
{
    private static readonly Op Add = new("aten::add", "Tensor");

    [Fact]
    public void Unknown_operators_are_named()
    {
        using var scope = TensorScope.Begin();

        string message = Message(() => new Op("aten::no_such_thing", "int").Call());

        Assert.Contains("aten::no_such_thing.int: this libtorch (", message, StringComparison.Ordinal);
        Assert.Contains("no such operator", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_arguments_show_the_schema()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2]);

        string message = Message(() => Add.Call(x, x, 1, 2));

        Assert.Contains("4 arguments given, but the schema is aten::add.Tensor(Tensor self", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_arguments_show_the_schema()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2]);

        Assert.Contains("argument 1", Message(() => Add.Call(x)), StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_of_the_wrong_kind_are_refused_before_they_reach_libtorch()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2, 2]);
        Tensor[] list = [x];
        using var generator = new Generator(1);
        var select = new Op("aten::select", "int");
        var sum = new Op("aten::sum", "dim_IntList");
        (Op Op, Arg[] Arguments)[] wrong =
        [
            (Add, [1, x]), (Add, [x, "text"]), (Add, [x, list]), (Add, [x, Arg.None]), (Add, [x, new long[] { 1 }]),
            (Add, [x, x, x]), (Add, [x, x, "text"]), (Add, [x, x, Device.Cpu]), (Add, [x, x, generator]), (Add, [x, x, DType.Int8]),
            (select, [x, 0.5, 0]), (select, [x, true, 0]), (select, [x, x, 0]), (select, [x, new long[] { 0 }, 0]), (select, [x, Arg.None, 0]),
            (sum, [x, new double[] { 1 }]), (sum, [x, list]), (sum, [x, "text"]), (sum, [x, new long[] { 1 }, 0.5]), (sum, [x, new long[] { 1 }, 1]),
            (new Op("aten::cat"), [x, 0]), (new Op("aten::cat"), [new long[] { 1 }, 0]), (new Op("aten::cat"), [new Tensor?[] { x, null }, 0]),
            (new Op("aten::div", "Tensor_mode"), [x, x, 1]), (new Op("aten::div", "Tensor_mode"), [x, x, DType.Int8]),
            (new Op("aten::normal_"), [x, 0.0, 1.0, 5]), (new Op("aten::normal_"), [x, 0.0, 1.0, x]), (new Op("aten::normal_"), [x, "a"]),
            (new Op("aten::zeros"), [new long[] { 1 }, DType.Int8, Arg.None, 0]), (new Op("aten::zeros"), [Device.Cpu]),
            (new Op("aten::upsample_nearest1d", "vec"), [x, Arg.None, new long[] { 2 }]),
            (new Op("aten::_foreach_add", "ScalarList"), [list, list]), (new Op("aten::sum", "dim_DimnameList"), [x, new long[] { 1 }]),
        ];

        Assert.All(wrong, w => Assert.Contains("does not fit the schema", Message(() => w.Op.CallAll(w.Arguments)), StringComparison.Ordinal));
    }

    [Fact]
    public void Libtorchs_refusals_name_operator_parameters_shapes_types_and_values()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2, 3]), index = Tensor.From([5L], 1);

        string message = Message(() => new Op("aten::index_select").Call(x, 0, index));

        Assert.StartsWith("aten::index_select(self Float32[2, 3] cpu, dim 0, index Int64[1] cpu): ", message, StringComparison.Ordinal);
        Assert.True(message.Length > 75, message);
    }

    [Fact]
    public void Every_kind_of_argument_is_written_out()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([1]);
        using var generator = new Generator(1);

        Assert.Equal("[Float32[1] cpu; none]", ((Arg)new Tensor?[] { x, null }).ToString());
        Assert.Equal("0.5", ((Arg)0.5).ToString());
        Assert.Equal("true", ((Arg)true).ToString());
        Assert.Equal("[1, 2]", ((Arg)new long[] { 1, 2 }).ToString());
        Assert.Equal("[1.5]", ((Arg)new double[] { 1.5 }).ToString());
        Assert.Equal("\"floor\"", ((Arg)"floor").ToString());
        Assert.Equal("Int8", ((Arg)DType.Int8).ToString());
        Assert.Equal("cuda:1", ((Arg)Device.Cuda(1)).ToString());
        Assert.Equal("generator", ((Arg)generator).ToString());
        Assert.Equal("none", Arg.None.ToString());
        Assert.Equal("default", Arg.Default.ToString());
    }

    [Fact]
    public void Freed_tensors_say_so_instead_of_crashing()
    {
        using var scope = TensorScope.Begin();
        Tensor freed = Tensor.Zeros([2]), other = Tensor.Zeros([2]);
        freed.Dispose();
        freed.Dispose();

        Action[] uses =
        [
            () => freed.Add(other), () => other.Add(freed), () => freed.AddInPlace(other), () => Tensor.Cat(0, other, freed, other),
            () => _ = freed.Shape.Length, () => freed.ToArray<float>(), () => freed.Backward(), () => freed.Grad(),
            () => freed.SetGrad(other), () => other.SetGrad(freed), () => freed.RequiresGrad = true, () => _ = freed.RequiresGrad,
        ];

        Assert.All(uses, use => Assert.Throws<ObjectDisposedException>(use));
        Assert.Equal("freed tensor", freed.ToString());
        Assert.Equal([0f, 0], other.ToArray<float>());
    }

    [Fact]
    public void Freed_generators_say_so_and_the_default_one_stays()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2]);
        var generator = new Generator(3);
        generator.Dispose();

        Assert.Throws<ObjectDisposedException>(() => x.NormalInPlace(0, 1, generator));
        Assert.Throws<ObjectDisposedException>(generator.GetState);
        Generator.Default.Dispose();

        Engine.ManualSeed(1);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("")]
    public void Unknown_devices_are_refused(string name) => Assert.Throws<ArgumentException>(() => Device.Parse(name));

    private static string Message(Action call) => Assert.Throws<TorchException>(call).Message;
}

using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>Weights rounded to 8 bits: how far they are off, and that products and gradients are those of the rounded matrix.</summary>
public class Int8RowsTests : NnTest
{
    [Fact]
    public void No_element_is_off_by_more_than_half_a_step_of_its_row()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(seed);
            var random = new Random(seed);
            Tensor weight = Normal(generator, random.Next(1, 20), random.Next(1, 40)).Mul(Math.Pow(10, random.Next(-30, 30)));

            AssertWithinHalfAStep(weight, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(0f, 0f, 0f)]
    [InlineData(2.5f, 2.5f, 2.5f)]
    [InlineData(-3f, -3f, -3f)]
    [InlineData(float.MaxValue, float.MinValue, 1f)]
    [InlineData(float.Epsilon, -float.Epsilon, 0f)]
    [InlineData(1e-37f, -1e-38f, 1e-40f)]
    [InlineData(127f, 0.5f, 1.5f)]
    public void Strange_rows_come_back_as_near_as_any(float first, float second, float third)
    {
        using var scope = TensorScope.Begin();
        Tensor weight = Tensor.From([first, second, third, 1f, -2f, 3f], 2, 3);

        AssertWithinHalfAStep(weight, "row");
        (Tensor integers, Tensor scale) = Int8Rows.Quantize(weight);
        Assert.True(scale.ToFloats()[0] > 0);
        Assert.Equal([42, unchecked((byte)-85), 127], integers.CopyBytes()[3..]); // 42.33, -84.67
        if (first == 127)
        {
            Assert.Equal([127, 0, 2], integers.CopyBytes()[..3]); // halves to even
        }
    }

    [Fact]
    public void A_wide_matrix_is_rounded_in_pieces_as_at_once()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor weight = Normal(generator, 7, 400_000);

        (Tensor integers, Tensor scale) = Int8Rows.Quantize(weight);

        (Tensor last, Tensor lastScale) = Int8Rows.Quantize(weight.Narrow(0, 6, 1));
        Assert.Equal(last.CopyBytes(), integers.Select(0, 6).CopyBytes());
        Assert.Equal(lastScale.ToFloats()[0], scale.ToFloats()[6]);
        AssertWithinHalfAStep(weight, "wide");
    }

    [Theory]
    [InlineData(1, 6, 4)]
    [InlineData(5, 6, 4)]
    [InlineData(3, 33, 65)]
    [InlineData(1, 2048, 2100)]
    [InlineData(2, 2048, 2100)]
    public void Outputs_and_gradients_are_those_of_the_rounded_matrix(int rows, int inputs, int outputs)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        (Tensor integers, Tensor scale) = Int8Rows.Quantize(Normal(generator, outputs, inputs));
        Tensor dense = Int8Rows.Dequantize(integers, scale), bias = Normal(generator, outputs), x = Normal(generator, 1, rows, inputs), weights = Normal(generator, 1, rows, outputs);
        using Tensor mine = x.Clone().Own(), theirs = x.Clone().Own();
        (mine.RequiresGrad, theirs.RequiresGrad) = (true, true);

        Tensor y = Int8Rows.Linear(mine, integers, scale, bias), expected = theirs.Linear(dense, bias);
        (y * weights).Sum().Backward();
        (expected * weights).Sum().Backward();

        new Tolerance(2e-4, 2e-5).AssertClose(expected, y, "outputs");
        new Tolerance(2e-4, 2e-5).AssertClose(theirs.Grad()!, mine.Grad()!, "gradients");
        using var noGrad = NoGrad.Begin();
        Assert.Equal(y.ToFloats(), Int8Rows.Linear(x, integers, scale, bias).ToFloats());
    }

    [Fact]
    public void Half_precision_goes_in_and_out_and_is_near()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        (Tensor integers, Tensor scale) = Int8Rows.Quantize(Normal(generator, 9, 64));
        Tensor dense = Int8Rows.Dequantize(integers, scale);
        using Tensor x = Normal(generator, 3, 64).To(DType.BFloat16).Own();
        x.RequiresGrad = true;

        Tensor y = Int8Rows.Linear(x, integers, scale, null);
        y.Sum().Backward();

        Assert.Equal((DType.BFloat16, DType.BFloat16), (y.DType, x.Grad()!.DType));
        new Tolerance(0.1, 0.02).AssertClose(x.To(DType.Float32).Linear(dense), y.To(DType.Float32), "outputs");
        new Tolerance(0.1, 0.02).AssertClose(dense.Sum(0).Unsqueeze(0).Expand(3, 64), x.Grad()!.To(DType.Float32), "gradients");
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var scope = TensorScope.Begin();
        (Tensor integers, Tensor scale) = Int8Rows.Quantize(Tensor.Full([4, 6], 1));

        Assert.Contains("x must be floating [.., 6]", Refused(Tensor.Zeros([2, 5]), integers, scale), StringComparison.Ordinal);
        Assert.Contains("x must be floating", Refused(Tensor.Zeros([2, 6], DType.Int64), integers, scale), StringComparison.Ordinal);
        Assert.Contains("scale must be Float32 [4]", Refused(Tensor.Zeros([2, 6]), integers, scale.Narrow(0, 0, 3)), StringComparison.Ordinal);
        Assert.Contains("weight must be Int8", Refused(Tensor.Zeros([2, 6]), scale, scale), StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_beside_int8_learns_as_beside_the_rounded_matrix_but_is_not_merged()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        Tensor weight = Normal(generator, 4, 6), bias = Normal(generator, 4), x = Normal(generator, 2, 3, 6);
        (Tensor integers, Tensor scale) = Int8Rows.Quantize(weight);
        SafetensorsWriter.Write(folder.File("whole"), [("weight", weight), ("bias", bias)]);
        SafetensorsWriter.Write(folder.File("rounded"), [("weight", Int8Rows.Dequantize(integers, scale)), ("bias", bias)]);
        using LoraLinear mine = Load(folder.File("whole"), DType.Int8), theirs = Load(folder.File("rounded"), null);
        using var blend = AdapterBlend.Single("a");

        foreach (LoraLinear layer in new[] { mine, theirs })
        {
            layer.Forward(x, blend).Sum().Backward();
        }

        Tolerance.Lora.AssertClose(theirs.Forward(x, blend), mine.Forward(x, blend), "outputs");
        Tolerance.Lora.AssertClose(theirs.Adapters["a"].A.Value.Grad()!, mine.Adapters["a"].A.Value.Grad()!, "A");
        Tolerance.Lora.AssertClose(theirs.Adapters["a"].B.Value.Grad()!, mine.Adapters["a"].B.Value.Grad()!, "B");
        Assert.Equal(["weight", "weight_scale", "bias"], mine.Base.Parameters().Select(p => p.Key));
        Assert.Contains("weight is held as int8", Assert.Throws<InvalidOperationException>(() => mine.Merge("a")).Message, StringComparison.Ordinal);
        Assert.False(mine.IsMerged);
        Assert.Contains("cannot be trained", Assert.Throws<InvalidOperationException>(() => mine.Base.Weight.Trainable = true).Message, StringComparison.Ordinal);
        mine.Base.Weight.Trainable = false;
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused_and_nothing_is_kept()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(folder.File("whole"), [("weight", Tensor.From([1f, float.NaN], 1, 2)), ("fine", Tensor.From([1f, 2f], 1, 2))]);
        using var file = SafetensorsFile.Open(folder.File("whole"));
        var source = new FileWeights(file, DType.Float32, choose: _ => DType.Int8);

        source.Get("fine", [1, 2], new Init.Zeros());

        Assert.Contains("'weight'", Assert.Throws<CheckpointException>(() => source.Get("weight", [1, 2], new Init.Zeros())).Message, StringComparison.Ordinal);
    }

    private static LoraLinear Load(string path, DType? dtype)
    {
        using var file = SafetensorsFile.Open(path);
        var layer = new LoraLinear(new Linear(new WeightPath(new FileWeights(file, DType.Float32, choose: key => key == "weight" ? dtype : null)), 6, 4, bias: true));
        using var generator = new Generator(6);
        layer.AddAdapter("a", new WeightPath(new FreshWeights(generator)), new LoraConfig { Rank = 2, Alpha = 4, Dropout = 0 });
        using var noGrad = NoGrad.Begin();
        layer.Adapters["a"].B.Value.NormalInPlace(0, 1, generator);
        return layer;
    }

    private static string Refused(Tensor x, Tensor weight, Tensor scale) => Assert.Throws<TorchException>(() => Discard(x, weight, scale)).Message;

    private static void Discard(Tensor x, Tensor weight, Tensor scale)
    {
        using Tensor product = Int8Rows.Linear(x, weight, scale, null);
    }

    private static void AssertWithinHalfAStep(Tensor weight, string what)
    {
        (Tensor integers, Tensor scale) = Int8Rows.Quantize(weight);
        float[] wanted = weight.ToFloats(), found = Int8Rows.Dequantize(integers, scale).ToFloats(), steps = scale.ToFloats();
        long width = weight.Size(1);
        for (int i = 0; i < wanted.Length; i++)
        {
            double half = steps[i / width] * 0.5000001 * (1 + (127 * 2.4e-7)); // and what Float32 itself is off by
            Assert.True(Math.Abs((double)wanted[i] - found[i]) <= half, $"{what}, element {i}: {wanted[i]} came back as {found[i]}; half a step is {half}.");
        }
    }
}

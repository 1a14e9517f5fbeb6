using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public class RowGradientTests : NnTest
{
    private const int Count = 6;
    private const int Size = 11; // not a multiple of a vector register

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 0.1)]
    [InlineData(false, 0.1)]
    public void Rows_that_are_always_used_move_as_with_a_gradient_of_the_whole_table(bool isCoupled, double decay)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor start = Normal(generator, Count, Size);
        using var whole = new Parameter("table", start.Clone());
        using var rows = new Parameter("table", start.Clone());
        using Optimizer wholeOptimizer = Make(whole, isCoupled, decay), rowsOptimizer = Make(rows, isCoupled, decay);

        for (int step = 0; step < 5; step++)
        {
            int[] used = [4, 1, 2];
            float[] grads = Normal(generator, used.Length, Size).ToFloats();
            Give(whole, used, grads);
            rows.RowGradient = new RowGradient(used, grads);
            wholeOptimizer.Step(0.05);
            rowsOptimizer.Step(0.05);
        }

        foreach (int row in (int[])[1, 2, 4])
        {
            Assert.Equal(Row(whole, row), Row(rows, row));
        }
    }

    [Fact]
    public void Rows_that_are_not_used_wait_with_their_moments_and_their_decay()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var table = new Parameter("table", Normal(generator, Count, Size));
        using Optimizer optimizer = Make(table, isCoupled: true, decay: 0.1);
        table.RowGradient = new RowGradient([1, 3], Normal(generator, 2, Size).ToFloats());
        optimizer.Step(0.05);
        float[] used = Row(table, 3), never = Row(table, 5), moments = Moments(optimizer, 3);

        table.RowGradient = new RowGradient([1], Normal(generator, 1, Size).ToFloats());
        optimizer.Step(0.05);

        Assert.Equal(used, Row(table, 3));
        Assert.Equal(never, Row(table, 5));
        Assert.Equal(moments, Moments(optimizer, 3));
        Assert.Equal(2, optimizer.State().Single(s => s.Key == "table.step").Value.ToDouble());
    }

    [Fact]
    public void Types_that_are_updated_operator_by_operator_follow_those_updated_in_one_pass()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        Tensor start = Normal(generator, 300, Size);
        using var single = new Parameter("w", start.Clone());
        using var wide = new Parameter("w", start.To(DType.Float64));
        using Optimizer ofSingle = Make(single, isCoupled: true, decay: 0.1), ofWide = Make(wide, isCoupled: true, decay: 0.1);

        for (int step = 0; step < 10; step++)
        {
            Tensor grad = Normal(generator, 300, Size);
            single.Value.SetGrad(grad);
            wide.Value.SetGrad(grad.To(DType.Float64));
            ofSingle.Step(0.05);
            ofWide.Step(0.05);
        }

        Tolerance.Steps.AssertClose(wide.Value.ToFloats(), single.Value.ToFloats(), "weights");
    }

    [Fact]
    public void Clipping_counts_and_scales_them_with_the_others()
    {
        using var scope = TensorScope.Begin();
        using var table = new Parameter("table", Tensor.Full([Count, 2], 1));
        using var other = new Parameter("other", Tensor.Full([1], 1));
        table.RowGradient = new RowGradient([2], [3, 4, 99]); // there is room behind
        other.Value.Mul(12).Sum().Backward();

        double norm = GradientClipping.ClipNorm([table, other], 6.5);

        Assert.Equal(13, norm, 1e-5);
        Assert.Equal([1.5f, 2, 99], table.RowGradient.Values, (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(6, other.Value.Grad()!.ToSingle(), 1e-5f);
    }

    [Fact]
    public void Forgetting_gradients_leaves_none()
    {
        using var scope = TensorScope.Begin();
        using var table = new Parameter("table", Tensor.Full([Count, 2], 1)) { RowGradient = new RowGradient([2], [3, 4]) };
        using Optimizer optimizer = Make(table, isCoupled: true, decay: 0);

        optimizer.ZeroGrad();

        Assert.Null(table.RowGradient);
    }

    private static Optimizer Make(Parameter parameter, bool isCoupled, double decay)
    {
        var options = new AdamOptions { WeightDecay = decay };
        return isCoupled ? new Adam([parameter], options) : new AdamW([parameter], options);
    }

    private static void Give(Parameter table, int[] rows, float[] grads)
    {
        var all = new float[Count * Size];
        for (int i = 0; i < rows.Length; i++)
        {
            grads.AsSpan(i * Size, Size).CopyTo(all.AsSpan(rows[i] * Size));
        }

        table.Value.SetGrad(Tensor.From(all, Count, Size));
    }

    private static float[] Row(Parameter table, int row) => table.Value.ToFloats()[(row * Size)..((row + 1) * Size)];

    private static float[] Moments(Optimizer optimizer, int row) =>
        [.. optimizer.State().Where(s => s.Key.Contains("exp_avg", StringComparison.Ordinal)).SelectMany(s => s.Value.ToFloats()[(row * Size)..((row + 1) * Size)])];
}

using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class GradientReducerTests : TensorTest
{
    [Theory]
    [InlineData(2, 4L)]
    [InlineData(2, 1L << 20)]
    [InlineData(3, 12L)]
    public void Gradients_are_those_of_the_whole_batch(int size, long bucketBytes) => Ranks.Run(size, group =>
    {
        Tensor[] parameters = [Leaf(1, 2), Leaf(0.5f), Leaf(3, -1, 2)];
        using var reducer = new GradientReducer(group, parameters, bucketBytes);
        for (int step = 0; step < 3; step++)
        {
            reducer.Begin();
            Loss(parameters, group.Rank + step).Backward();
            reducer.Finish();

            float[][] sums = [.. parameters.Select(p => p.Grad()!.ToArray<float>())];
            Array.ForEach(parameters, p => p.SetGrad(null));
            Enumerable.Range(0, size).Select(rank => Loss(parameters, rank + step)).Aggregate((a, b) => a + b).Backward();

            for (int i = 0; i < parameters.Length; i++)
            {
                Assert.All(sums[i].Zip(parameters[i].Grad()!.ToArray<float>()), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
            }

            Array.ForEach(parameters, p => p.SetGrad(null));
        }
    });

    [Fact]
    public void Buckets_leave_while_backward_is_at_work() => Ranks.Run(2, group =>
    {
        Tensor[] parameters = [Leaf(1, 2), Leaf(0.5f), Leaf(3, -1, 2)];
        using var reducer = new GradientReducer(group, parameters, bucketBytes: 4);

        reducer.Begin();
        Loss(parameters, group.Rank).Backward();

        Assert.Equal(3, reducer.Finish());
    });

    [Fact]
    public void A_parameter_that_one_rank_did_not_use_gets_the_others_gradient_and_one_that_nobody_used_gets_none() => Ranks.Run(2, group =>
    {
        Tensor used = Leaf(1, 2), sometimes = Leaf(5), never = Leaf(7);
        using var reducer = new GradientReducer(group, [used, sometimes, never]);

        reducer.Begin();
        Tensor loss = used.Sum();
        (group.Rank == 1 ? loss + (sometimes * sometimes).Sum() : loss).Backward();
        reducer.Finish();

        Assert.Equal([2f, 2], used.Grad()!.ToArray<float>());
        Assert.Equal([10f], sometimes.Grad()!.ToArray<float>());
        Assert.Null(never.Grad());
    });

    [Fact]
    public void A_rank_without_a_loss_takes_part() => Ranks.Run(2, group =>
    {
        Tensor x = Leaf(3);
        using var reducer = new GradientReducer(group, [x]);

        reducer.Begin();
        if (group.Rank == 0)
        {
            (x * x).Sum().Backward();
        }

        reducer.Finish();

        Assert.Equal([6f], x.Grad()!.ToArray<float>());
    });

    [Fact]
    public void Micro_steps_before_the_reduction_begins_count_once() => Ranks.Run(2, group =>
    {
        Tensor x = Leaf(3);
        using var reducer = new GradientReducer(group, [x]);

        (x * x).Sum().Backward();
        reducer.Begin();
        (x * 10.0).Sum().Backward();
        reducer.Finish();

        Assert.Equal([32f], x.Grad()!.ToArray<float>()); // 2 · (6 + 10)
    });

    [Fact]
    public void A_gradient_that_comes_after_its_bucket_left_is_refused() => Ranks.Run(2, group =>
    {
        Tensor x = Leaf(3);
        using var reducer = new GradientReducer(group, [x]);

        reducer.Begin();
        x.Sum().Backward();
        x.Sum().Backward();

        Assert.Contains("last backward", Assert.Throws<InvalidOperationException>(() => reducer.Finish()).Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Half_precision_is_summed_in_single() => Ranks.Run(2, group =>
    {
        Tensor x = Tensor.From([1f, 2], 2).To(DType.BFloat16);
        x.RequiresGrad = true;
        using var reducer = new GradientReducer(group, [x]);

        reducer.Begin();
        (x * (group.Rank + 1.0)).Sum().Backward();
        reducer.Finish();

        Assert.Equal(DType.BFloat16, x.Grad()!.DType);
        Assert.Equal([3f, 3], x.Grad()!.ToFloats());
    });

    [Fact]
    public void A_reducer_that_is_disposed_leaves_gradients_alone() => Ranks.Run(2, group =>
    {
        Tensor x = Leaf(3);
        new GradientReducer(group, [x]).Dispose();

        (x * (group.Rank + 1.0)).Sum().Backward();

        Assert.Equal([group.Rank + 1f], x.Grad()!.ToArray<float>());
    });

    private static Tensor Leaf(params float[] values)
    {
        Tensor x = Tensor.From(values, values.Length);
        x.RequiresGrad = true;
        return x;
    }

    private static Tensor Loss(Tensor[] parameters, double factor) =>
        parameters.Select((p, i) => (p * p).Sum() * (factor + i)).Aggregate((a, b) => a + b);
}

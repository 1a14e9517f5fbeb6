using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class ScopeTests : TensorTest
{
    [Fact]
    public void A_scope_frees_all_that_was_made_in_it()
    {
        long before = TensorCensus.Live;

        using (TensorScope.Begin())
        {
            Tensor.Zeros([2]).Add(1).Mul(2).TopK(1);
            Assert.Equal(before + 5, TensorCensus.Live);
        }

        Assert.Equal(before, TensorCensus.Live);
    }

    [Fact]
    public void A_returned_tensor_climbs_one_scope_at_a_time()
    {
        using var outer = TensorScope.Begin();
        long before = TensorCensus.Live;

        Tensor result = Level(5);

        Assert.Equal(before + 1, TensorCensus.Live);
        Assert.Equal(6, result.ToSingle());

        static Tensor Level(int depth)
        {
            using var scope = TensorScope.Begin();
            Tensor below = depth == 0 ? Tensor.Full([], 1) : Level(depth - 1).Add(1);
            below.Mul(3);
            return scope.Return(below);
        }
    }

    [Fact]
    public void Returning_an_outer_scopes_tensor_leaves_it_there()
    {
        using var outermost = TensorScope.Begin();
        long before = TensorCensus.Live;
        using (TensorScope.Begin())
        {
            Tensor x = Tensor.Zeros([1]);
            using (var inner = TensorScope.Begin())
            {
                Assert.Same(x, inner.Return(x));
            }

            Assert.Equal(before + 1, TensorCensus.Live);
        }

        Assert.Equal(before, TensorCensus.Live);
    }

    [Fact]
    public void Return_needs_an_outer_scope_and_no_inner_one()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([1]);

        bool refusedWithoutOuter = Refuses(scope, x);
        using var second = TensorScope.Begin();
        using (TensorScope.Begin())
        {
            Assert.True(Refuses(second, x));
        }

        Assert.True(refusedWithoutOuter);
        Assert.False(Refuses(second, x));
    }

    [Fact]
    public void An_owned_tensor_lives_until_its_owner_disposes_it()
    {
        long before = TensorCensus.Live;
        Tensor kept;
        using (TensorScope.Begin())
        {
            kept = Tensor.Full([2], 4).Own();
            using (TensorScope.Begin())
            {
                kept.Add(1);
            }
        }

        Assert.Equal(before + 1, TensorCensus.Live);
        Assert.Equal([4f, 4], kept.ToArray<float>());
        kept.Dispose();
        Assert.Equal(before, TensorCensus.Live);
    }

    [Fact]
    public void Returning_an_owned_tensor_leaves_it_owned()
    {
        Tensor kept;
        using (TensorScope.Begin())
        {
            using var inner = TensorScope.Begin();
            kept = inner.Return(Tensor.Full([1], 4).Own());
        }

        Assert.Equal(4, kept.ToArray<float>()[0]);
        kept.Dispose();
    }

    [Fact]
    public void Exceptions_end_scopes_and_free_what_they_hold()
    {
        using var scope = TensorScope.Begin();
        long before = TensorCensus.Live;

        Assert.Throws<TorchException>(() =>
        {
            using var first = TensorScope.Begin();
            Tensor x = Tensor.Zeros([2]);
            using var second = TensorScope.Begin();
            second.Return(x.Add(1));
            x.MatMul(Tensor.Zeros([3]));
        });

        Assert.Equal(before, TensorCensus.Live);
        Assert.Equal(1, Tensor.Full([1], 1).ToSingle());
    }

    [Fact]
    public void Ending_a_scope_twice_or_out_of_order_frees_each_tensor_once()
    {
        using var outer = TensorScope.Begin();
        Tensor kept = Tensor.Zeros([1]);
        long before = TensorCensus.Live;
        var first = TensorScope.Begin();
        Tensor.Zeros([1]);
        var second = TensorScope.Begin();
        Tensor.Zeros([1]);

        first.Dispose();
        second.Dispose();
        first.Dispose();

        Assert.Equal(before, TensorCensus.Live);
        Assert.Equal([1], kept.Add(1).Shape);
    }

    [Fact]
    public void Making_a_tensor_without_a_scope_throws_and_leaks_nothing()
    {
        long before = TensorCensus.Live;
        Tensor kept;
        using (TensorScope.Begin())
        {
            kept = Tensor.Full([4], 2).Own();
        }

        Assert.Contains("TensorScope.Begin()", Assert.Throws<InvalidOperationException>(() => kept.Add(kept)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Tensor.From([1f], 1));
        Assert.Throws<InvalidOperationException>(() => Tensor.Zeros([1]));
        Assert.Throws<InvalidOperationException>(() => kept.TopK(2));
        Assert.Throws<InvalidOperationException>(() => new Op("aten::unbind", "int").CallAll(kept, 0));
        kept.AddInPlace(kept);
        Assert.Equal([4f, 4, 4, 4], kept.ToArray<float>());

        Assert.Equal(before + 1, TensorCensus.Live);
        kept.Dispose();
    }

    private static bool Refuses(TensorScope scope, Tensor tensor)
    {
        try
        {
            scope.Return(tensor);
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}

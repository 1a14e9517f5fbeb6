using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public class TensorMemoryTests : TensorTest
{
    [Fact]
    public void What_is_written_in_place_is_in_the_tensor_and_its_views()
    {
        using var scope = TensorScope.Begin();
        Tensor table = Tensor.Zeros([3, 2]);
        Tensor lastRows = table.Narrow(0, 1, 2);

        lastRows.AsFloats()[3] = 5;

        Assert.Equal([0, 0, 0, 0, 0, 5], table.ToFloats());
    }

    [Fact]
    public void Elements_that_do_not_lie_one_after_the_other_as_floats_are_refused()
    {
        using var scope = TensorScope.Begin();
        Tensor[] others = [Tensor.Zeros([2, 2], DType.Float64), Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3).Transpose(0, 1)];

        foreach (Tensor other in others)
        {
            Assert.False(other.HasFloats);
            Assert.Contains("Copy it with ToFloats", Assert.Throws<InvalidOperationException>(() => other.AsFloats().Length).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 10)]
    [InlineData(1000, 1)]
    [InlineData(1000, 2000)]
    public void Ranges_cover_each_turn_once(int count, int least)
    {
        var turns = new int[count];

        Engine.ForRanges(count, least, (first, end) =>
        {
            for (int i = first; i < end; i++)
            {
                Interlocked.Increment(ref turns[i]);
            }
        });

        Assert.All(turns, times => Assert.Equal(1, times));
    }
}

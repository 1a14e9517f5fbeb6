using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>The fused operators against chains of ATen's in double precision: values and every gradient.</summary>
public sealed class FusedTests : NnTest
{
    public static TheoryData<int, int, int, bool, int[]> Attentions => new()
    {
        { 1, 1, 16, true, [5] },
        { 4, 4, 32, true, [47, 48, 49] },
        { 9, 3, 64, true, [130, 1, 64] },
        { 6, 2, 6, true, [33, 7] },
        { 2, 1, 5, false, [50] },
        { 2, 2, 128, true, [20, 0, 97] },
    };

    [Theory]
    [MemberData(nameof(Attentions))]
    public void Attention_over_sequences_is_that_of_each_sequence(int heads, int keyHeads, int size, bool rotates, int[] lengths)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(heads + size);
        int tokens = lengths.Sum();
        Tensor[] inputs = [Normal(generator, 1, tokens, heads * size), Normal(generator, 1, tokens, keyHeads * size), Normal(generator, 1, tokens, keyHeads * size)];
        Tensor cos = Normal(generator, lengths.Max() + 3, size), sin = Normal(generator, lengths.Max() + 3, size);
        long[] offsets = [0, .. lengths.Select((_, i) => (long)lengths.Take(i + 1).Sum())];

        Same(inputs, x => Fused.CausalAttention(x[0], x[1], x[2], rotates ? (cos, sin) : null, Tensor.From(offsets, offsets.Length), heads, keyHeads), x =>
            Tensor.Cat(1, [.. lengths.Select((length, i) => Sequence(x, offsets[i], length)).OfType<Tensor>()]));

        Tensor? Sequence(Tensor[] x, long start, int length)
        {
            if (length == 0)
            {
                return null;
            }

            Tensor mask = Tensor.Full([length, length], double.NegativeInfinity, DType.Float64).Triu(1);
            Tensor q = Split(x[0], heads, rotates), k = Split(x[1], keyHeads, rotates), v = Split(x[2], keyHeads, false);
            return F.ScaledDotProductAttention(q, k, v, mask).Transpose(1, 2).Reshape(1, length, heads * size);

            Tensor Split(Tensor of, int count, bool rotate)
            {
                Tensor split = of.Narrow(1, start, length).Reshape(1, length, count, size).Transpose(1, 2);
                Tensor swapped = rotate ? Tensor.Cat(-1, split.Narrow(-1, size / 2, size / 2), split.Narrow(-1, 0, size / 2)) : split;
                return rotate ? (split * cos.Narrow(0, 0, length).To(DType.Float64)) + (swapped * sin.Narrow(0, 0, length).To(DType.Float64)) : split;
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 37)]
    [InlineData(200, 128)]
    public void The_norm_and_its_gradients_are_those_of_the_formula(int rows, int size)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(rows);

        Same([Normal(generator, rows, size), Normal(generator, size)], x => Fused.RmsNorm(x[0], x[1], 1e-3),
            x => x[0].Mul((x[0] * x[0]).Mean(-1, keep: true).Add(1e-3).Rsqrt()) * x[1]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 13)]
    [InlineData(90, 344)]
    public void The_gated_unit_and_its_gradients_are_those_of_the_formula(int rows, int size)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(size);
        Tensor gate = Normal(generator, rows, size).Mul(8), up = Normal(generator, rows, size);

        Same([gate, up], x => Fused.Swiglu(x[0], x[1]), x => x[0].Silu() * x[1]);
    }

    [Fact]
    public void The_gated_unit_of_large_numbers_is_finite()
    {
        using var scope = TensorScope.Begin();
        float[] large = [-3e38f, -500, -88, 0, 88, 500, 1e38f];

        Assert.Equal([0, 0, 0, 0, 88, 500, 1e38f], Fused.Swiglu(Tensor.From(large, 7), Tensor.Full([7], 1)).ToFloats().Select(v => Math.Abs(v) < 1e-30 ? 0 : v));
    }

    [Theory]
    [InlineData(1, 6, 2)]
    [InlineData(40, 20, 3)]
    [InlineData(150, 64, 8)]
    [InlineData(33, 48, 17)]
    public void Projections_together_are_those_of_each(int rows, int size, int rank)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(rank);
        Tensor[] inputs = [Normal(generator, 1, rows, size), Normal(generator, 9, size), Normal(generator, 5, size), Normal(generator, rank, size), Normal(generator, 5, rank)];

        Same(inputs, x => Tensor.Cat(-1, new Op("thinkrec::lora_linears").CallAll(
                x[0], (Arg)new[] { x[1], x[2] }, (Arg)new[] { x[3] }, (Arg)new[] { x[4] }, new long[] { 1 }, new[] { 0.7 }, 0.0)),
            x => Tensor.Cat(-1, x[0].Linear(x[1]), x[0].Linear(x[2]) + x[0].Linear(x[3]).Linear(x[4]).Mul(0.7)));
    }

    [Theory]
    [InlineData(1, 11, 4)]
    [InlineData(30, 200, 16)]
    [InlineData(5000, 2000, 8)] // more logits than exist at a time
    public void Cross_entropy_through_the_head_is_that_of_all_logits(int rows, int vocabulary, int size)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(rows);
        long[] targets = [.. Enumerable.Range(0, rows).Select(i => i % 7 == 3 ? -100 : (i * 31L) % vocabulary)];
        Tensor weights = Normal(generator, rows).Abs();
        Tensor hidden = Normal(generator, rows, size), head = Normal(generator, vocabulary, size);

        Same([hidden, head], x => Losses.HeadCrossEntropy(x[0], x[1], Tensor.From(targets, rows), weights).Total.Mul(3),
            x => (Losses.TokenCrossEntropyEach(x[0].Linear(x[1]), Tensor.From(targets, rows)) * weights.To(DType.Float64)).Sum().Mul(3));
        (Tensor _, Tensor each) = Losses.HeadCrossEntropy(hidden, head, Tensor.From(targets, rows), weights);
        Assert.False(each.RequiresGrad);
        Assert.Equal(targets.Select(t => t < 0), each.ToFloats().Select(v => v == 0));
    }

    [Fact]
    public void Cross_entropy_through_a_head_of_half_precision_is_near_that_of_a_whole_one()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(9);
        Tensor hidden = Normal(generator, 20, 16).To(DType.BFloat16), head = Leaf(Normal(generator, 50, 16).To(DType.BFloat16)), targets = Tensor.Arange(20);
        Leaf(hidden);
        Tensor wideHidden = Leaf(hidden.Detach().To(DType.Float32)), wideHead = Leaf(head.Detach().To(DType.Float32));

        Tensor half = Losses.HeadCrossEntropy(hidden, head, targets, Tensor.Full([20], 0.05)).Total;
        Tensor whole = Losses.HeadCrossEntropy(wideHidden, wideHead, targets, Tensor.Full([20], 0.05)).Total;
        half.Backward();
        whole.Backward();

        Assert.Equal(whole.ToDouble(), half.ToDouble(), 0.02);
        Assert.Equal((DType.BFloat16, DType.BFloat16), (hidden.Grad()!.DType, head.Grad()!.DType));
        Assert.Equal(wideHidden.Grad()!.ToFloats(), hidden.Grad()!.ToFloats(), (a, b) => Math.Abs(a - b) < 0.01);
        Assert.Equal(wideHead.Grad()!.ToFloats(), head.Grad()!.ToFloats(), (a, b) => Math.Abs(a - b) < 0.01);
    }

    [Fact]
    public void Dropout_of_an_adapter_drops_the_share_that_it_says_and_goes_back_the_same_way()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        const int Rows = 400, Size = 90;
        Tensor x = Normal(generator, Rows, Size), step = Normal(generator, Rows, Size), onto = Normal(generator, Rows, Size);
        Tensor none = Tensor.Zeros([Size, Size]), identity = Tensor.From([.. Enumerable.Range(0, Size * Size).Select(i => i % (Size + 1) == 0 ? 1f : 0)], Size, Size);

        float[] kept = [.. Dropped(x).ToFloats().Zip(x.ToFloats(), (y, of) => y / of)];

        Assert.All(kept, v => Assert.True(v == 0 || Math.Abs(v - (1 / 0.7)) < 1e-4));
        Assert.Equal(0.3, kept.Average(v => v == 0 ? 1.0 : 0), 0.01);
        Assert.All(kept.Chunk(Size), row => Assert.InRange(row.Count(v => v == 0), 5, 55));
        Assert.NotEqual(kept[..Size], kept[Size..(2 * Size)]);
        Assert.Equal(Dropped(x).ToFloats(), Dropped(x).ToFloats());
        Assert.NotEqual(Dropped(x).ToFloats(), Dropped(x, seed: 2).ToFloats());
        Tensor leaf = x.Clone();
        leaf.RequiresGrad = true;
        (Dropped(leaf) * onto).Sum().Backward();
        Assert.Equal((Dropped(x) * onto).ToFloats().Zip(x.ToFloats(), (y, of) => y / of), leaf.Grad()!.ToFloats(), (a, b) => Math.Abs(a - b) < 1e-4);

        Tensor Dropped(Tensor of, long seed = 1)
        {
            Engine.ManualSeed(seed);
            return new Op("thinkrec::lora_linears").CallAll(of, (Arg)new[] { none }, (Arg)new[] { identity }, (Arg)new[] { identity }, new long[] { 0 }, new[] { 1.0 }, 0.3)[0];
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([4, 6]), offsets = Tensor.From([0L, 4], 2);

        Assert.Throws<TorchException>(() => Fused.CausalAttention(x, x, x, null, Tensor.From([0L, 5], 2), 2, 2));
        Assert.Throws<TorchException>(() => Fused.CausalAttention(x, x, x, null, Tensor.From([0L, 3, 2, 4], 4), 2, 2));
        Assert.Throws<TorchException>(() => Fused.CausalAttention(x, x, x, null, offsets, 4, 4));
        Assert.Throws<TorchException>(() => Fused.CausalAttention(x, x, x, (Tensor.Zeros([3, 3]), Tensor.Zeros([3, 3])), offsets, 2, 2));
        Assert.Throws<TorchException>(() => Fused.RmsNorm(x, Tensor.Zeros([5]), 1e-5));
        Assert.Throws<TorchException>(() => Losses.HeadCrossEntropy(x, Tensor.Zeros([3, 6]), Tensor.From([0L, 1, 2, 3], 4), Tensor.Zeros([4])));
    }

    /// <summary>Compares values and gradients, in Float32 by one way and in Float64 by the other.</summary>
    private static void Same(Tensor[] inputs, Func<Tensor[], Tensor> fused, Func<Tensor[], Tensor> plain)
    {
        Tensor[] ours = [.. inputs.Select(x => Leaf(x.Clone()))], theirs = [.. inputs.Select(x => Leaf(x.To(DType.Float64)))];
        Tensor y = fused(ours), expected = plain(theirs);
        Close(expected, y, "value");
        Tensor onto = Tensor.Arange(y.NumElements).To(DType.Float64).Mul(0.7).Cos().Reshape(y.Shape.ToArray());
        (y * onto.To(DType.Float32)).Sum().Backward();
        (expected * onto).Sum().Backward();
        for (int i = 0; i < inputs.Length; i++)
        {
            Close(theirs[i].Grad()!, ours[i].Grad()!, $"gradient {i}");
        }
    }

    private static void Close(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.Shape.ToArray(), actual.Shape.ToArray());
        double scale = Math.Max(1e-3, expected.Detach().Abs().Mean().ToDouble());
        double[] off = [.. expected.Detach().ToArray<double>().Zip(actual.Detach().ToFloats(), (e, a) => Math.Abs(e - a) / (scale + Math.Abs(e)))];
        Assert.True(off.Max() < 1e-4, $"{what} is off by {off.Max():g3} at {Array.IndexOf(off, off.Max())}");
    }

    private static Tensor Leaf(Tensor x)
    {
        x.RequiresGrad = true;
        return x;
    }
}

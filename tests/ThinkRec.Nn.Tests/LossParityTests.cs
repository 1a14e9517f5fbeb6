using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public class LossParityTests : NnTest
{
    [Fact]
    public void Binary_cross_entropy_gives_what_torch_gives() =>
        Check("bce", (z, r) => Losses.BinaryCrossEntropyWithLogits(z, r.Input("labels")));

    [Fact]
    public void Weighted_binary_cross_entropy_is_the_weighted_mean() =>
        Check("bce_weighted", (z, r) => Losses.BinaryCrossEntropyWithLogits(z, r.Input("labels"), r.Input("weights")));

    [Fact]
    public void Token_cross_entropy_leaves_out_ignored_targets() =>
        Check("tokens", (z, r) => Losses.TokenCrossEntropy(z, r.Input("targets")));

    [Fact]
    public void Token_cross_entropy_of_each_row_is_zero_where_ignored() =>
        Check("tokens_each", (z, r) => Losses.TokenCrossEntropyEach(z, r.Input("targets")));

    [Fact]
    public void Weights_that_are_all_alike_change_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        Tensor logits = Normal(generator, 9);
        Tensor labels = Normal(generator, 9).Gt(0).To(DType.Float32);

        double plain = Losses.BinaryCrossEntropyWithLogits(logits, labels).ToDouble();
        double weighted = Losses.BinaryCrossEntropyWithLogits(logits, labels, Tensor.Full([9], 0.3)).ToDouble();

        Assert.Equal(plain, weighted, 1e-6);
    }

    private static void Check(string name, Func<Tensor, Recorded, Tensor> loss)
    {
        using var scope = TensorScope.Begin();
        using SafetensorsFile file = Recorded.Open("losses");
        var recorded = new Recorded(file, name);
        Tensor logits = recorded.Input("logits");

        recorded.Check(loss(logits, recorded), [], ("logits", logits));
    }
}

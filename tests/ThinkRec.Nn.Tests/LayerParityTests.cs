using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public class LayerParityTests : NnTest
{
    [Theory]
    [InlineData("linear", true)]
    [InlineData("linear_plain", false)]
    public void Linear_gives_what_torch_gives(string name, bool bias) =>
        Check(name, path => new Linear(path, 5, 4, bias), (layer, x) => layer.Forward(x), "x");

    [Fact]
    public void Embedding_gives_what_torch_gives_and_no_gradient_to_padding() =>
        Check("embedding", path => new Embedding(path, 7, 4, paddingIndex: 0), (layer, x) => layer.Forward(x), "indices");

    [Fact]
    public void Rms_norm_gives_what_torch_gives() =>
        Check("rms_norm", path => new RmsNorm(path, 6, 1e-5), (layer, x) => layer.Forward(x), "x");

    [Fact]
    public void Layer_norm_gives_what_torch_gives() =>
        Check("layer_norm", path => new LayerNorm(path, 6, 1e-6), (layer, x) => layer.Forward(x), "x");

    [Theory]
    [InlineData("attention_self")]
    [InlineData("attention_cross")]
    public void Attention_gives_what_torch_gives(string name)
    {
        using var scope = TensorScope.Begin();
        using SafetensorsFile file = Recorded.Open("layers");
        var recorded = new Recorded(file, name);
        using var layer = new MultiheadAttention(recorded.Weights, 8, 2, dropout: 0.5);
        Tensor query = recorded.Input("query");
        Tensor key = name == "attention_self" ? query : recorded.Input("key");
        Tensor value = name == "attention_self" ? query : recorded.Input("value");

        Tensor output = layer.Forward(query, key, value, recorded.Input("mask"));

        recorded.Check(output, layer.Parameters(), ("query", query), ("key", key), ("value", value));
    }

    [Fact]
    public void Half_precision_is_normalised_in_single_precision()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var wide = new RmsNorm(new WeightPath(new FreshWeights(generator)), 64, 1e-6);
        using var half = new RmsNorm(new WeightPath(new FreshWeights(generator, DType.BFloat16)), 64, 1e-6);
        Tensor x = Normal(generator, 4, 64).Mul(300).To(DType.BFloat16);

        Tensor actual = half.Forward(x);

        Assert.Equal(DType.BFloat16, actual.DType);
        Assert.Equal(wide.Forward(x.To(DType.Float32)).To(DType.BFloat16).ToFloats(), actual.ToFloats());
    }

    private static void Check<T>(string name, Func<WeightPath, T> make, Func<T, Tensor, Tensor> forward, string input) where T : Module
    {
        using var scope = TensorScope.Begin();
        using SafetensorsFile file = Recorded.Open("layers");
        var recorded = new Recorded(file, name);
        using T layer = make(recorded.Weights);
        Tensor x = recorded.Input(input);

        recorded.Check(forward(layer, x), layer.Parameters(), (input, x));
    }
}

using ThinkRec.Nn.Tests.Support;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>Outputs and gradients against those that tools/parity/record_nn.py recorded with PyTorch.</summary>
public sealed class LayerParityTests : TensorTest
{
    [Fact]
    public void The_record_was_made_by_the_script_in_the_tree()
    {
        using var record = Open();

        record.AssertScriptsUnchanged();
    }

    [Theory]
    [InlineData("linear", true)]
    [InlineData("linear_plain", false)]
    public void Linear_equals_PyTorch(string name, bool bias)
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        using var layer = new Linear(At(record, name), 5, 7, bias);
        Tensor x = record.Leaf($"{name}.x");

        record.Check(name, layer.Forward(x), [("x", x), .. Weights(name, layer)]);
    }

    [Fact]
    public void Embedding_with_a_padding_row_equals_PyTorch()
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        using var layer = new Embedding(At(record, "embedding"), 6, 4, paddingIndex: 0);

        record.Check("embedding", layer.Forward(record["embedding.x"]), [.. Weights("embedding", layer)]);
        Assert.All(layer.Weight.Value.Grad()!.Select(0, 0).ToFloats(), g => Assert.Equal(0, g));
    }

    [Fact]
    public void RmsNorm_equals_the_formula_of_the_paper()
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        using var layer = new RmsNorm(At(record, "rms_norm"), 6, 1e-5);
        Tensor x = record.Leaf("rms_norm.x");

        record.Check("rms_norm", layer.Forward(x), [("x", x), .. Weights("rms_norm", layer)]);
    }

    [Fact]
    public void LayerNorm_equals_PyTorch()
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        using var layer = new LayerNorm(At(record, "layer_norm"), 6, 1e-5);
        Tensor x = record.Leaf("layer_norm.x");

        record.Check("layer_norm", layer.Forward(x), [("x", x), .. Weights("layer_norm", layer)]);
    }

    [Fact]
    public void Scaled_dot_product_attention_equals_the_formula_of_the_paper()
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        Tensor[] qkv = [.. "qkv".Select(n => record.Leaf($"sdpa.{n}"))];

        Tensor y = F.ScaledDotProductAttention(qkv[0], qkv[1], qkv[2], record["sdpa.mask"]);

        record.Check("sdpa", y, ("q", qkv[0]), ("k", qkv[1]), ("v", qkv[2]));
    }

    [Theory]
    [InlineData("mha")]
    [InlineData("mha_rows")]
    public void Multihead_attention_with_a_mask_equals_PyTorch(string name)
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        using var layer = new MultiheadAttention(At(record, name), 8, 2, dropout: 0);
        Tensor[] qkv = [.. "qkv".Select(n => record.Leaf($"{name}.{n}"))];

        Tensor y = layer.Forward(qkv[0], qkv[1], qkv[2], record[$"{name}.mask"]);

        record.Check(name, y, [("q", qkv[0]), ("k", qkv[1]), ("v", qkv[2]), .. Weights(name, layer)]);
    }

    [Theory]
    [InlineData("bce")]
    [InlineData("bce_weighted")]
    public void Binary_cross_entropy_equals_PyTorch(string name)
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        Tensor x = record.Leaf($"{name}.x");
        Tensor? weights = name == "bce" ? null : record["bce.weights"];

        record.Check(name, Losses.BinaryCrossEntropyWithLogits(x, record["bce.labels"], weights), ("x", x));
    }

    [Theory]
    [InlineData("cross_entropy")]
    [InlineData("cross_entropy_each")]
    public void Token_cross_entropy_equals_PyTorch(string name)
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        Tensor x = record.Leaf("cross_entropy.x");
        Tensor targets = record["cross_entropy.targets"];

        Tensor y = name == "cross_entropy" ? Losses.TokenCrossEntropy(x, targets) : Losses.TokenCrossEntropyEach(x, targets);

        record.Check(name, y, ("x", x));
    }

    [Fact]
    public void Fresh_multihead_attention_starts_as_in_PyTorch()
    {
        using var generator = new Generator(7);
        using var layer = new MultiheadAttention(new WeightPath(new FreshWeights(generator)), 64, 4, dropout: 0);
        var weights = layer.Parameters().ToDictionary(p => p.Key, p => p.Value.ToFloats());

        Assert.All(weights["in_proj_bias"].Concat(weights["out_proj.bias"]), b => Assert.Equal(0, b));
        AssertUniform(weights["in_proj_weight"], Math.Sqrt(6.0 / (4 * 64)));
        AssertUniform(weights["out_proj.weight"], 1 / Math.Sqrt(64));
    }

    private static void AssertUniform(float[] values, double bound)
    {
        Assert.All(values, v => Assert.InRange(v, -bound, bound));
        Assert.InRange(values.Max(), 0.98 * bound, bound);
        Assert.InRange(values.Average(), -0.05 * bound, 0.05 * bound);
        Assert.Equal(bound * bound / 3, values.Average(v => v * v), bound * bound / 30);
    }

    private static Recording Open() => new("ThinkRec.Nn.Tests", "nn");

    private static WeightPath At(Recording record, string name) => new(new FileWeights(record.File), name);

    private static IEnumerable<(string, Tensor)> Weights(string name, Module module) =>
        module.Parameters().Select(p => (p.Key[(name.Length + 1)..], p.Value));
}

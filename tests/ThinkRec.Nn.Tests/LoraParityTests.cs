using ThinkRec.Nn.Tests.Support;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>LoRA against explicit products of dense matrices, row by row, recorded by tools/parity/record_nn.py.</summary>
public sealed class LoraParityTests : TensorTest
{
    private const double Scaling = 2;
    private static readonly string[] Names = ["a0", "a1", "a2"];
    private static readonly LoraConfig Config = new() { Rank = 4, Alpha = 8, Dropout = 0 };

    [Fact]
    public void One_adapter_adds_its_scaled_product()
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        using LoraLinear layer = Build(record);
        Tensor x = record.Leaf("lora.x");

        Tensor y = layer.Forward(x, AdapterBlend.Single("a0"));

        record.Check("lora_single", y, [("x", x), .. Leaves(layer, 1)]);
    }

    [Fact]
    public void A_weighted_blend_is_the_explicit_sum_over_adapters_for_each_row()
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        using LoraLinear layer = Build(record);
        Tensor x = record.Leaf("lora.x");
        using var blend = AdapterBlend.Weighted(Names, record["lora.weights"]);

        record.Check("lora_weighted", layer.Forward(x, blend), [("x", x), .. Leaves(layer, 3)]);
    }

    [Theory]
    [InlineData("lora_peft05")]
    [InlineData("lora_peft09")]
    public void A_mixed_blend_follows_the_linear_rule_of_peft(string name)
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        using LoraLinear layer = Build(record);
        Tensor x = record.Leaf("lora.x");
        float[] weights = record["lora.weights"].ToFloats();
        var mixing = new float[4 * 3 * 3];
        for (int i = 0; i < mixing.Length; i++)
        {
            (int row, int j, int k) = (i / 9, i / 3 % 3, i % 3);
            double ofJ = weights[(row * 3) + j] * Scaling;
            double ofK = weights[(row * 3) + k] * Scaling;
            mixing[i] = (float)(name == "lora_peft05" ? ofK : Math.Sqrt(ofJ * ofK));
        }

        using var blend = AdapterBlend.Mixed(Names, Tensor.From(mixing, 4, 3, 3));

        record.Check(name, layer.Forward(x, blend), [("x", x), .. Leaves(layer, 3)]);
    }

    private static Recording Open() => new("ThinkRec.Nn.Tests", "nn");

    private static LoraLinear Build(Recording record)
    {
        var path = new WeightPath(new FileWeights(record.File), "lora");
        var layer = new LoraLinear(new Linear(path, 5, 6, bias: false));
        layer.Base.Weight.Trainable = false;
        foreach (string name in Names)
        {
            layer.AddAdapter(name, path / name, Config);
        }

        return layer;
    }

    private static IEnumerable<(string, Tensor)> Leaves(LoraLinear layer, int count) =>
        Names.Take(count).SelectMany(n => layer.Adapters[n].Parameters()).Select(p => (p.Key["lora.".Length..], p.Value));
}

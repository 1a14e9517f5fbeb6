using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public class LoraParityTests : NnTest
{
    private static readonly string[] Names = ["first", "second", "third"];

    [Fact]
    public void A_single_adapter_gives_what_explicit_products_give() =>
        Check("lora_single", _ => AdapterBlend.Single("second"));

    [Fact]
    public void A_weighted_blend_gives_what_a_loop_over_rows_gives() =>
        Check("lora_weighted", r => AdapterBlend.Weighted(Names, r.Read("in.weights")));

    [Fact]
    public void A_mixed_blend_follows_the_rule_of_peft_05() =>
        Check("lora_peft_05", r => AdapterBlend.Mixed(Names, r.Read("in.mixing")));

    [Fact]
    public void A_mixed_blend_follows_the_rule_of_peft_09() =>
        Check("lora_peft_09", r => AdapterBlend.Mixed(Names, r.Read("in.mixing")));

    private static void Check(string name, Func<Recorded, AdapterBlend> makeBlend)
    {
        using var scope = TensorScope.Begin();
        using SafetensorsFile file = Recorded.Open("lora");
        var recorded = new Recorded(file, name);
        using var layer = new LoraLinear(new Linear(recorded.Weights, 6, 5, bias: false));
        for (int k = 0; k < Names.Length; k++)
        {
            layer.AddAdapter(Names[k], recorded.Weights / k, new LoraConfig { Rank = 2, Alpha = 4 });
        }

        using AdapterBlend blend = makeBlend(recorded);
        Tensor x = recorded.Input("x");

        recorded.Check(layer.Forward(x, blend), layer.Parameters(), ("x", x));
    }
}

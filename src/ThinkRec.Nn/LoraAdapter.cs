using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>The two low-rank factors of one adapter on one projection.</summary>
public sealed class LoraAdapter : Module
{
    internal LoraAdapter(WeightPath path, long inFeatures, long outFeatures, LoraConfig config)
    {
        A = Add((path / "lora_A").Parameter("weight", [config.Rank, inFeatures], new Init.KaimingUniform()));
        B = Add((path / "lora_B").Parameter("weight", [outFeatures, config.Rank], new Init.Zeros()));
        Scaling = config.Scaling;
        Dropout = config.Dropout;
    }

    /// <summary>[r, in]; key <c>lora_A.weight</c>.</summary>
    public Parameter A { get; }

    /// <summary>[out, r]; key <c>lora_B.weight</c>.</summary>
    public Parameter B { get; }

    /// <summary>alpha / r.</summary>
    public double Scaling { get; }

    /// <summary>Probability of dropping an input while training.</summary>
    public double Dropout { get; }

    /// <summary>scaling · B·A, [out, in].</summary>
    internal Tensor Delta() => B.Value.MatMul(A.Value).Mul(Scaling);
}

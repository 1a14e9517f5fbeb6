using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>One low-rank update of one projection: scaling · B·A.</summary>
/// <remarks>Source: arXiv 2106.09685 §4.1. Keys lora_A.weight [rank, in] and lora_B.weight [out, rank], as in peft.</remarks>
public sealed class LoraAdapter : Module
{
    private readonly double _dropout;

    /// <summary>Builds the adapter; a fresh one changes nothing.</summary>
    /// <param name="path">Where weights come from.</param>
    /// <param name="inFeatures">Inputs of the projection.</param>
    /// <param name="outFeatures">Its outputs.</param>
    /// <param name="config">Rank, scale, dropout.</param>
    public LoraAdapter(WeightPath path, long inFeatures, long outFeatures, LoraConfig config)
    {
        A = Add((path / "lora_A").Parameter("weight", [config.Rank, inFeatures], new Init.KaimingUniform()));
        B = Add((path / "lora_B").Parameter("weight", [outFeatures, config.Rank], new Init.Zeros()));
        Scaling = config.Scaling();
        _dropout = config.Dropout;
    }

    /// <summary>[rank, in].</summary>
    public Parameter A { get; }

    /// <summary>[out, rank].</summary>
    public Parameter B { get; }

    /// <summary>alpha / rank.</summary>
    public double Scaling { get; }

    /// <summary>Adds the update of x to the projection of x.</summary>
    /// <param name="x">[.., in], borrowed.</param>
    /// <param name="projected">[.., out], borrowed.</param>
    /// <returns>[.., out].</returns>
    public Tensor AddTo(Tensor x, Tensor projected)
    {
        using var scope = TensorScope.Begin();
        Tensor update = F.Dropout(x, _dropout, IsTraining).To(A.Value.DType).Linear(A.Value).Linear(B.Value);
        return scope.Return(AddScaled.Call(projected, update.To(projected.DType), Scaling));
    }

    private static readonly Op AddScaled = new("aten::add", "Tensor");
}

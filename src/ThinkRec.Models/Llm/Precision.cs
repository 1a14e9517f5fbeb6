using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>Element types that frozen weights can be held in, as configurations and options name them.</summary>
public enum Precision
{
    /// <summary>IEEE single precision: four bytes a weight.</summary>
    Fp32,

    /// <summary>Brain float: two bytes, single precision's range with 8 bits of precision.</summary>
    Bf16,

    /// <summary>IEEE half precision: two bytes; computed on GPUs only.</summary>
    Fp16,
}

/// <summary>Facts about precisions.</summary>
public static class Precisions
{
    /// <summary>The element type.</summary>
    /// <param name="precision">Its name in configurations.</param>
    /// <returns>The type.</returns>
    public static DType DType(this Precision precision) => precision switch
    {
        Precision.Bf16 => Torch.DType.BFloat16,
        Precision.Fp16 => Torch.DType.Float16,
        _ => Torch.DType.Float32,
    };
}

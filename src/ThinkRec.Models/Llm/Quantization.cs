namespace ThinkRec.Models.Llm;

/// <summary>Whether the projections of a frozen model's layers are rounded as they are loaded; embedding, norms, biases and head never are.</summary>
public enum Quantization
{
    /// <summary>They are held in the model's type.</summary>
    None,

    /// <summary>One byte a weight and one Float32 scale a row; products are computed in the model's type.</summary>
    Int8,
}
